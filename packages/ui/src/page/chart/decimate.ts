import type { Line } from "./curve.ts";

export interface Range {
  readonly from: number;
  readonly to: number;
}

/**
 * Returns the line within `range` and one more point at either side. If it has more than four points for each bucket, a bucket keeps
 * its smallest and its largest value; a bucket without a number keeps one gap.
 */
export function decimate({ x, y }: Line, { from, to }: Range, buckets: number): Line {
  const start = Math.max(0, firstAtLeast(x, from) - 1);
  const end = Math.min(x.length, firstAbove(x, to) + 1);
  if (end - start <= buckets * 4) return { x: x.subarray(start, end), y: y.subarray(start, end) };
  const kept = new Float64Array(buckets * 2 + 4);
  let length = 0;
  const width = (to - from) / buckets;
  for (let i = start; i < end; ) {
    const bucket = Math.floor(((x[i] as number) - from) / width);
    let low = -1;
    let high = -1;
    const first = i;
    for (; i < end && Math.floor(((x[i] as number) - from) / width) === bucket; i++) {
      const value = y[i] as number;
      if (!Number.isFinite(value)) continue;
      if (low < 0 || value < (y[low] as number)) low = i;
      if (high < 0 || value > (y[high] as number)) high = i;
    }
    if (low < 0) low = high = first;
    kept[length++] = Math.min(low, high);
    if (low !== high) kept[length++] = Math.max(low, high);
  }
  const indexes = kept.subarray(0, length);
  return { x: indexes.map((i) => x[i] as number), y: indexes.map((i) => y[i] as number) };
}

/** Returns the index of the first element that is at least `value`, or the length. `sorted` is in ascending order. */
function firstAtLeast(sorted: Float64Array, value: number): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as number) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function firstAbove(sorted: Float64Array, value: number): number {
  const i = firstAtLeast(sorted, value);
  let end = i;
  while (end < sorted.length && sorted[end] === value) end++;
  return end;
}
