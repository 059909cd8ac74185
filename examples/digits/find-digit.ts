// Chooses the digit among everything on a picture that is darker (or lighter) than its background.

import { type Component, findComponents, gapBetween, longestSide } from "./components.ts";
import type { GreyImage } from "./grey-image.ts";
import type { InkMap } from "./ink-map.ts";

/** Less contrast than this is no ink, however even the paper is. */
const leastContrast = 0.06;

export interface FoundDigit {
  /** Its ink alone, cropped to it, scaled so that a full stroke is about 1. */
  ink: GreyImage;
  /** How many of the picture's four borders it touches: the more, the likelier it is a shadow or a table. */
  borders: number;
}

/** Undefined when there is nothing like a digit. */
export function findDigit({ ink, noise }: InkMap): FoundDigit | undefined {
  const floor = Math.max(leastContrast, 4 * noise);
  const rough = mainComponent(findComponents(ink, floor).found, ink);
  if (!rough) return undefined;
  const full = fullStroke(ink, rough, floor);
  if (full < 1.3 * floor) return undefined;
  const threshold = Math.max(floor, 0.4 * full);
  const { found, labels } = findComponents(ink, threshold);
  const main = mainComponent(found, ink);
  if (!main) return undefined;
  const borders = bordersTouched(main, ink);
  const parts = withNearParts(main, borders ? found : found.filter((part) => !bordersTouched(part, ink)));
  const foreign = new Set(found.filter((component) => !parts.includes(component)).map((component) => component.label));
  const valueAt = (index: number): number =>
    foreign.has(labels[index] ?? 0) ? 0 : contrast((ink.data[index] ?? 0) / full);
  return { ink: crop(ink, parts, valueAt), borders };
}

function mainComponent(found: readonly Component[], image: GreyImage): Component | undefined {
  let best: Component | undefined;
  let bestScore = 0;
  for (const component of found) {
    const value = score(component, image);
    if (value > bestScore) [best, bestScore] = [component, value];
  }
  return best;
}

/** Large, dark, in the middle, away from the border: a shadow, the edge of the table or a ruled line is not. */
function score(component: Component, image: GreyImage): number {
  const { width, height } = image;
  if (component.area < 4) return 0;
  const { left, top, right, bottom } = component;
  const boxWidth = right - left + 1;
  const boxHeight = bottom - top + 1;
  const isRule =
    (boxWidth > 0.7 * width && boxHeight < 0.1 * boxWidth) || (boxHeight > 0.9 * height && boxWidth < 0.03 * boxHeight);
  const away = Math.hypot((left + right + 1) / width - 1, (top + bottom + 1) / height - 1);
  const mass = Math.sqrt(component.area) * Math.sqrt(longestSide(component));
  return (
    (mass * component.strength * (isRule ? 0.05 : 1) * (1 - 0.5 * Math.min(1, away))) /
    (1 + bordersTouched(component, image))
  );
}

function bordersTouched({ left, top, right, bottom }: Component, { width, height }: GreyImage): number {
  return [left === 0, top === 0, right === width - 1, bottom === height - 1].filter(Boolean).length;
}

/** What a stroke's middle measures. Ruled lines and soft edges may be most of what is above the floor, but not the darkest part. */
function fullStroke({ width, data }: GreyImage, { left, top, right, bottom }: Component, floor: number): number {
  const values = new Float32Array((right - left + 1) * (bottom - top + 1));
  let count = 0;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const value = data[y * width + x] ?? 0;
      if (value > floor) values[count++] = value;
    }
  }
  const sorted = values.subarray(0, count).sort();
  const darkest = sorted[Math.floor(count * 0.97)] ?? 0;
  const first = sorted.findIndex((value) => value >= 0.5 * darkest);
  return sorted[Math.floor(first + (count - first) * 0.75)] ?? 0;
}

/** A digit may be in pieces: the bar of a 5, a stroke that the scan broke. Specks are too small, other digits too far away. */
function withNearParts(main: Component, found: readonly Component[]): Component[] {
  const parts = [main];
  const reach = 0.18 * longestSide(main);
  for (let index = 0; index < parts.length; index++) {
    const part = parts[index] ?? main;
    for (const other of found) {
      const isRelevant = other.area > 0.03 * main.area && longestSide(other) > 0.12 * longestSide(main);
      if (isRelevant && !parts.includes(other) && gapBetween(part, other) <= reach) parts.push(other);
    }
  }
  return parts;
}

/** Bare paper is never quite 0, nor a full stroke quite 1: both ends are cut. */
function contrast(value: number): number {
  return Math.min(1, Math.max(0, (value - 0.18) / 0.77));
}

function crop(ink: GreyImage, parts: readonly Component[], valueAt: (index: number) => number): GreyImage {
  // The soft edge lies outside of the box that the threshold drew.
  const edge = 2;
  const left = Math.max(0, Math.min(...parts.map((part) => part.left)) - edge);
  const top = Math.max(0, Math.min(...parts.map((part) => part.top)) - edge);
  const right = Math.min(ink.width - 1, Math.max(...parts.map((part) => part.right)) + edge);
  const bottom = Math.min(ink.height - 1, Math.max(...parts.map((part) => part.bottom)) + edge);
  const width = right - left + 1;
  const height = bottom - top + 1;
  const data = new Float32Array(width * height);
  for (let index = 0; index < data.length; index++) {
    data[index] = valueAt((top + Math.floor(index / width)) * ink.width + left + (index % width));
  }
  return { width, height, data };
}
