// Puts pen paths on a picture as ink: 0 is bare paper, 1 is full ink.

import { createGreyImage, type GreyImage } from "./grey-image.ts";
import type { Point, Polyline } from "./pen-path.ts";
import type { Random } from "./random.ts";

export interface Pen {
  /** In pixels. */
  width: number;
  /** By which part the width changes along a stroke: 0 is a technical pen, 0.4 a brush. */
  pressure: number;
}

export interface Frame {
  /** Of the digit, in pixels. */
  height: number;
  /** Bare paper around it, in pixels. */
  margins: { left: number; top: number; right: number; bottom: number };
}

export function drawInk(
  lines: readonly Polyline[],
  { frame, pen, random }: { frame: Frame; pen: Pen; random: Random },
): GreyImage {
  const { height, margins } = frame;
  const points = lines.flat();
  const left = Math.min(...points.map((point) => point.x));
  const right = Math.max(...points.map((point) => point.x));
  const top = Math.min(...points.map((point) => point.y));
  const bottom = Math.max(...points.map((point) => point.y));
  // A wide digit gets lower, as it does between the lines of a form.
  const scale = Math.max(1, height - pen.width) / Math.max(bottom - top, (right - left) / 1.3);
  const image = createGreyImage(
    Math.ceil(margins.left + pen.width + (right - left) * scale + margins.right),
    Math.ceil(margins.top + pen.width + (bottom - top) * scale + margins.bottom),
  );
  const place = ({ x, y }: Point): Point => ({
    x: margins.left + pen.width / 2 + (x - left) * scale,
    y: margins.top + pen.width / 2 + (y - top) * scale,
  });
  for (const line of lines) drawLine(image, line.map(place), widthAlong(pen, random));
  return image;
}

function widthAlong({ width, pressure }: Pen, random: Random): (segment: number) => number {
  const phase = random.uniform(0, 2 * Math.PI);
  const speed = random.uniform(0.1, 0.5);
  return (segment) => width * (1 + pressure * Math.sin(phase + speed * segment));
}

function drawLine(image: GreyImage, line: Polyline, width: (segment: number) => number): void {
  line.forEach((to, index) => {
    const from = line[index - 1];
    if (from) drawSegment(image, [from, to], width(index) / 2);
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
