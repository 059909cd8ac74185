import type { Line } from "./curve.ts";

/** Of a longer line this part of its width counts as one value, so that fewer points of the same curve are smoothed alike. */
const widestUnit = 1 / 1_000;

/**
 * Returns the exponential moving average, without the bias towards its start. `weight` from 0 to below 1 is how much of the
 * average stays per value; for uneven distances it is scaled with the distance. Gaps stay gaps.
 */
export function smooth({ x, y }: Line, weight: number): Line {
  const smoothed = new Float64Array(y.length);
  const range = (x.at(-1) ?? 0) - (x[0] ?? 0);
  const unit = range * Math.max(widestUnit, 1 / Math.max(1, x.length - 1));
  let sum = 0;
  let total = 0;
  let lastX = Number.NaN;
  for (let i = 0; i < y.length; i++) {
    const value = y[i] as number;
    if (!Number.isFinite(value)) {
      smoothed[i] = Number.NaN;
      continue;
    }
    const stays = total === 0 || unit === 0 ? weight : weight ** (((x[i] as number) - lastX) / unit);
    sum = sum * stays + value * (1 - stays);
    total = total * stays + (1 - stays);
    lastX = x[i] as number;
    smoothed[i] = total > 0 ? sum / total : value;
  }
  return { x, y: smoothed };
}
