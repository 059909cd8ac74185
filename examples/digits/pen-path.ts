// One hand's version of a skeleton: the control points shake, the curve is drawn through them and the whole is bent, slanted,
// turned and squeezed.

import type { Random } from "./random.ts";
import type { Stroke } from "./skeletons.ts";

export interface Point {
  x: number;
  y: number;
}

export type Polyline = readonly Point[];

const stepsPerSpan = 6;

/** Lines about 1 high around the origin, y downwards. */
export function penPath(strokes: readonly Stroke[], random: Random): Polyline[] {
  const shake = random.uniform(0.01, 0.055);
  const hand = createHand(random);
  return strokes.map((stroke) => {
    const shaken = stroke.map((point) => ({
      ...point,
      x: point.x + random.normal(shake),
      y: point.y + random.normal(shake),
    }));
    return smoothLine(shaken).map(hand);
  });
}

function createHand(random: Random): (point: Point) => Point {
  const width = Math.min(1.3, Math.max(0.28, 0.66 + random.normal(0.2)));
  const slant = random.normal(0.22) + 0.06;
  const angle = random.normal(0.1);
  const taper = random.normal(0.25);
  // Moves the waist up or down: a large head over a small belly, or the reverse.
  const waist = Math.exp(random.normal(0.2));
  const lean = Math.exp(random.normal(0.12));
  const bow = random.normal(0.06);
  const wobble = createWobble(random);
  const cos = Math.cos(angle);
  const sin = Math.sin(angle);
  return (point) => {
    const warpedY = bend(point.y, waist) - 0.5;
    const taperedX = (bend(point.x, lean) - 0.5) * (1 + taper * warpedY);
    const shift = wobble(taperedX, warpedY);
    const x = (taperedX + shift.x) * width - slant * warpedY + bow * (1 - 4 * warpedY * warpedY);
    const y = warpedY + shift.y;
    return { x: cos * x - sin * y, y: sin * x + cos * y };
  };
}

/** A power curve over 0 .. 1 that is a straight line outside. */
function bend(value: number, power: number): number {
  return value <= 0 || value >= 1 ? value : value ** power;
}

function createWobble(random: Random): (x: number, y: number) => Point {
  const size = random.uniform(0, 0.05);
  const pitch = random.uniform(3, 7);
  const phase = (): number => random.uniform(0, 2 * Math.PI);
  const [a, b, c, d] = [phase(), phase(), phase(), phase()];
  return (x, y) => ({
    x: size * (Math.sin(pitch * y + a) + 0.6 * Math.sin(pitch * x + b)),
    y: size * (Math.sin(pitch * x + c) + 0.6 * Math.sin(pitch * y + d)),
  });
}

function smoothLine(stroke: Stroke): Point[] {
  const line: Point[] = [];
  let start = 0;
  stroke.forEach((point, index) => {
    const isEnd = index === stroke.length - 1;
    if (index === start || !(point.corner || isEnd)) return;
    line.push(...throughPoints(stroke.slice(start, index + 1)));
    start = index;
  });
  return line;
}

/** A Catmull-Rom spline; its ends go on straight. */
function throughPoints(points: Stroke): Point[] {
  const at = (index: number): Point => points[Math.min(points.length - 1, Math.max(0, index))] ?? { x: 0, y: 0 };
  const line: Point[] = [at(0)];
  for (let span = 0; span < points.length - 1; span++) {
    const [before, from, to, after] = [at(span - 1), at(span), at(span + 1), at(span + 2)];
    const steps = points.length === 2 ? 1 : stepsPerSpan;
    for (let step = 1; step <= steps; step++) {
      const t = step / steps;
      line.push({
        x: catmullRom([before.x, from.x, to.x, after.x], t),
        y: catmullRom([before.y, from.y, to.y, after.y], t),
      });
    }
  }
  return line;
}

function catmullRom([a, b, c, d]: readonly [number, number, number, number], t: number): number {
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}
