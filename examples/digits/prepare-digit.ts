// From a picture to what the network sees: the digit's ink in 28 x 28 pixels, its longest side 20, its mass in the middle.

import { type FoundDigit, findDigit } from "./find-digit.ts";
import { type Box, boxBlur, cut, type GreyImage, resize } from "./grey-image.ts";
import { inkMapsFromImage } from "./ink-map.ts";
import { dilate } from "./morphology.ts";
import { sheetAlone } from "./sheet.ts";

export const side = 28;

const longestSide = 20;
/** The digit is measured and moved on a copy that is this much finer. */
const fineness = 3;
/** Thinner strokes, in fine pixels, are thickened: a fine liner on a large sheet would vanish in 20 pixels. */
const leastStroke = 5;
/** Smaller pictures are enlarged first, so that edges can be placed between their pixels. */
const leastSide = 32;

/** `side` x `side` values, row by row, 0 .. 1. Undefined when the picture shows no ink. */
export function prepareDigit(image: GreyImage): Float32Array | undefined {
  const sheet = sheetAlone(image);
  // A sheet with nothing on it was no sheet, but a very bold 1.
  const digit = (sheet && readInk(sheet)) ?? readInk(enlarge(image));
  return digit && centreByMass(toFineScale(digit.ink));
}

function readInk(image: GreyImage): FoundDigit | undefined {
  const [likelier, other] = inkMapsFromImage(image);
  const first = findDigit(likelier());
  if (first?.borders === 0) return first;
  // What touches the border is a shadow, if the other reading of the light finds something that does not; else it is a tight crop.
  const second = findDigit(other());
  return second?.borders === 0 ? second : first;
}

function enlarge(image: GreyImage): GreyImage {
  const factor = Math.ceil(leastSide / Math.max(image.width, image.height));
  return factor > 1 ? resize(image, image.width * factor, image.height * factor) : image;
}

function toFineScale(digit: GreyImage): GreyImage {
  const box = inkBox(digit);
  const scale = (longestSide * fineness) / Math.max(box.width, box.height);
  const toScale = (image: GreyImage): GreyImage =>
    resize(image, Math.max(1, Math.round(box.width * scale)), Math.max(1, Math.round(box.height * scale)));
  const tight = cut(digit, box);
  // Where there are more pixels: a hairline is gone once it is shrunk, and has no width before it is enlarged.
  return scale < 1 ? toScale(thicken(tight, leastStroke / scale)) : thicken(toScale(tight), leastStroke);
}

function inkBox({ width, height, data }: GreyImage): Box {
  let [left, top, right, bottom] = [width, height, -1, -1];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if ((data[y * width + x] ?? 0) < 0.35) continue;
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = y;
    }
  }
  return right < 0
    ? { left: 0, top: 0, width, height }
    : { left, top, width: right - left + 1, height: bottom - top + 1 };
}

/** To strokes of at least `least` pixels. */
function thicken(digit: GreyImage, least: number): GreyImage {
  const grow = Math.round((least - strokeWidth(digit)) / 2);
  return grow > 0 ? boxBlur(dilate(digit, grow), 1) : digit;
}

/** A line of length l and width w covers l * w and has an outline of about 2 * l. */
function strokeWidth({ width, height, data }: GreyImage): number {
  const inkAt = (x: number, y: number): number => (x >= 0 && x < width && (data[y * width + x] ?? 0) > 0.5 ? 1 : 0);
  let area = 0;
  let outline = 0;
  for (let y = 0; y <= height; y++) {
    for (let x = 0; x <= width; x++) {
      const ink = inkAt(x, y);
      area += ink;
      outline += Math.abs(ink - inkAt(x - 1, y)) + Math.abs(ink - inkAt(x, y - 1));
    }
  }
  // Counting pixel sides makes a slanted outline up to 1.4 times too long.
  return (2 * area) / Math.max(1, outline / 1.2);
}

function centreByMass({ width, height, data }: GreyImage): Float32Array {
  let [mass, massX, massY] = [1e-6, 0, 0];
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const value = data[y * width + x] ?? 0;
      mass += value;
      massX += value * x;
      massY += value * y;
    }
  }
  const middle = (side * fineness - 1) / 2;
  const moveX = Math.round(middle - massX / mass);
  const moveY = Math.round(middle - massY / mass);
  const out = new Float32Array(side * side);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const toX = Math.floor((x + moveX) / fineness);
      const toY = Math.floor((y + moveY) / fineness);
      if (toX < 0 || toY < 0 || toX >= side || toY >= side) continue;
      const to = toY * side + toX;
      out[to] = (out[to] ?? 0) + (data[y * width + x] ?? 0) / fineness ** 2;
    }
  }
  return out;
}
