// From the points of a metric to a line: ascending, and smoothed.
import type { Point } from "./points.ts";

export type Axis = "step" | "time";

export interface Mark {
  readonly x: number;
  readonly attempt: number;
}

export interface Curve {
  readonly x: number[];
  /** NaN and infinities are gaps. */
  readonly y: number[];
  /** Where each attempt but the first begins. */
  readonly marks: readonly Mark[];
}

/**
 * Returns the line of `points`, which are in the order of their reports. A point replaces those that were reported before it
 * and are not left of it: an attempt that goes on at an earlier step replaces what the one before has from that step on.
 * Attempts have a gap between them. Times are in seconds since `origin`, which is in milliseconds since 1970.
 */
export function curveOf(points: readonly Point[], axis: Axis, origin: number): Curve {
  const x: number[] = [];
  const y: number[] = [];
  const marks: Mark[] = [];
  let later = points.at(-1)?.attempt;
  for (const { step, at, value, attempt } of points.toReversed()) {
    const place = axis === "step" ? step : (at - origin) / 1_000;
    const next = x.at(-1) ?? Number.POSITIVE_INFINITY;
    // False for NaN, too.
    if (!(place < next)) continue;
    if (attempt !== later && x.length > 0) {
      marks.push({ x: next, attempt: later as number });
      x.push((place + next) / 2);
      y.push(Number.NaN);
    }
    later = attempt;
    x.push(place);
    y.push(value);
  }
  return { x: x.reverse(), y: y.reverse(), marks };
}

/** Of a longer line this part of its width counts as one value, so that fewer points of the same curve are smoothed alike. */
const widestUnit = 1 / 1_000;

/**
 * Returns the exponential moving average of `y`, without the bias towards its start. `weight` from 0 to below 1 is how much of
 * the average stays per value; for uneven distances it is scaled with the distance. Gaps stay gaps.
 */
export function smooth({ x, y }: Pick<Curve, "x" | "y">, weight: number): number[] {
  const range = (x.at(-1) ?? 0) - (x[0] ?? 0);
  const unit = range * Math.max(widestUnit, 1 / Math.max(1, x.length - 1)) || 1;
  let sum = 0;
  let total = 0;
  let last = 0;
  return y.map((value, i) => {
    if (!Number.isFinite(value)) return value;
    const place = x[i] as number;
    const stays = total === 0 ? weight : weight ** ((place - last) / unit);
    sum = sum * stays + value * (1 - stays);
    total = total * stays + (1 - stays);
    last = place;
    return sum / total;
  });
}
