// Puts pen paths on a picture as ink: 0 is bare paper, 1 is full ink.

import { createGreyImage, type GreyImage } from "./grey-image.ts";
import type { Point, Polyline } from "./pen-path.ts";
import type { Random } from "./random.ts";

export interface Pen {
  /** In pixels. */
  width: number;
  /** How much wider the ends of a segment may be: 0 is a technical pen, 0.4 a brush. */
  pressure: number;
}

/** Draws the lines `height` pixels high into a picture that leaves `margin` pixels on every side. */
export function drawInk(lines: readonly Polyline[], { height, margin }: { height: number; margin: () => number }, pen: Pen, random: Random): GreyImage {
  const points = lines.flat();
  const left = Math.min(...points.map((point) => point.x));
  const right = Math.max(...points.map((point) => point.x));
  const top = Math.min(...points.map((point) => point.y));
  const bottom = Math.max(...points.map((point) => point.y));
  const scale = Math.max(1, height - pen.width) / Math.max(bottom - top, (right - left) / 1.3);
  const reach = pen.width / 2;
  const offset = { x: margin() + reach - left * scale, y: margin() + reach - top * scale };
  const image = createGreyImage(
    Math.ceil((right - left) * scale + pen.width + offset.x - reach + left * scale + margin()),
    Math.ceil((bottom - top) * scale + pen.width + offset.y - reach + top * scale + margin()),
  );
  for (const line of lines) {
    const placed = line.map((point) => ({ x: point.x * scale + offset.x, y: point.y * scale + offset.y }));
    drawLine(image, placed, pen, random);
  }
  return image;
}

function drawLine(image: GreyImage, line: Polyline, pen: Pen, random: Random): void {
  const phase = random.uniform(0, 6.28);
  const speed = random.uniform(0.1, 0.5);
  line.forEach((to, index) => {
    const from = line[index - 1];
    if (from) drawSegment(image, [from, to], (pen.width / 2) * (1 + pen.pressure * Math.sin(phase + speed * index)));
  });
}

function drawSegment({ width, height, data }: GreyImage, [from, to]: readonly [Point, Point], radius: number): void {
  const dx = to.x - from.x;
  const dy = to.y - from.y;
  const squared = dx * dx + dy * dy || 1;
  const x1 = Math.min(width - 1, Math.ceil(Math.max(from.x, to.x) + radius));
  const y1 = Math.min(height - 1, Math.ceil(Math.max(from.y, to.y) + radius));
  for (let y = Math.max(0, Math.floor(Math.min(from.y, to.y) - radius)); y <= y1; y++) {
    for (let x = Math.max(0, Math.floor(Math.min(from.x, to.x) - radius)); x <= x1; x++) {
      const px = x + 0.5 - from.x;
      const py = y + 0.5 - from.y;
      const along = Math.min(1, Math.max(0, (px * dx + py * dy) / squared));
      const coverage = radius + 0.5 - Math.hypot(px - along * dx, py - along * dy);
      const index = y * width + x;
      // A pen thinner than a pixel leaves a paler line, not a narrower one.
      if (coverage > 0) data[index] = Math.max(data[index] ?? 0, Math.min(1, coverage, 2 * radius));
    }
  }
}
