// What of the columns of a metric is one line. A chart draws from left to right only, so the points of an attempt that went
// back to an earlier step replace those that the earlier attempts have from that step on.
import type { Columns } from "./columns.ts";

export type Axis = "step" | "time";

export interface Line {
  readonly x: Float64Array;
  /** NaN and infinities are gaps. */
  readonly y: Float64Array;
}

export interface Curve {
  readonly current: Line;
  /** Where values of it are NaN or infinite. */
  readonly nonFinite: readonly number[];
  /** The newest first. */
  readonly replaced: readonly Line[];
}

interface Segment {
  readonly start: number;
  readonly end: number;
  /** The end of the points that no later segment replaces. */
  cut: number;
}

/** More replaced lines than these are not drawn. */
const mostReplaced = 4;

/** `origin`: where the time axis starts, in milliseconds since 1970. Times are in seconds. */
export function curveOf(columns: Columns, axis: Axis, origin: number): Curve {
  const segments = segmentsOf(columns, axis);
  cutReplaced(columns, segments);
  const builder = new LineBuilder(columns, axis, origin);
  let earlier: Segment | undefined;
  for (const segment of segments) {
    if (segment.cut === segment.start) continue;
    // Nothing was reported between two attempts.
    if (earlier && axis === "time") builder.gap(segment.start);
    builder.add(segment.start, segment.cut);
    earlier = segment;
  }
  const replaced = segments
    .filter(({ cut, end }) => cut < end)
    .slice(-mostReplaced)
    .reverse()
    .map(({ start, cut, end }) => {
      const line = new LineBuilder(columns, axis, origin);
      // Starts at the last point that stays, so that the two lines meet.
      line.add(Math.max(start, cut - 1), end);
      return line.line();
    });
  return { current: builder.line(), nonFinite: builder.nonFinite, replaced };
}

/** One segment for each attempt, and in steps another one wherever the step goes back within an attempt. */
function segmentsOf({ length, attempt, step }: Columns, axis: Axis): Segment[] {
  const segments: Segment[] = [];
  let start = 0;
  let highest = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < length; i++) {
    const goesBack = axis === "step" && (step[i] as number) < highest;
    if (i > start && (goesBack || attempt[i] !== attempt[start])) {
      segments.push({ start, end: i, cut: i });
      start = i;
      highest = Number.NEGATIVE_INFINITY;
    }
    if ((step[i] as number) > highest) highest = step[i] as number;
  }
  if (length > start) segments.push({ start, end: length, cut: length });
  return segments;
}

/** A point is replaced by a later segment that starts at its step or before. */
function cutReplaced({ step }: Columns, segments: readonly Segment[]): void {
  let limit = Number.POSITIVE_INFINITY;
  for (const segment of segments.toReversed()) {
    let first = Number.NaN;
    let cut = segment.end;
    for (let i = segment.end - 1; i >= segment.start; i--) {
      const one = step[i] as number;
      if (one >= limit) cut = i;
      if (!Number.isNaN(one) && !(one > first)) first = one;
    }
    segment.cut = cut;
    if (first < limit) limit = first;
  }
}

class LineBuilder {
  readonly nonFinite: number[] = [];
  readonly #columns: Columns;
  readonly #axis: Axis;
  readonly #origin: number;
  #x = new Float64Array(64);
  #y = new Float64Array(64);
  #length = 0;

  constructor(columns: Columns, axis: Axis, origin: number) {
    this.#columns = columns;
    this.#axis = axis;
    this.#origin = origin;
  }

  add(start: number, end: number): void {
    for (let i = start; i < end; i++) {
      const x = this.#xAt(i);
      if (Number.isNaN(x)) continue;
      const value = this.#columns.value[i] as number;
      if (!Number.isFinite(value)) this.nonFinite.push(x);
      // Of several values of one step the last one counts.
      const isAgain = this.#length > 0 && this.#x[this.#length - 1] === x;
      this.#set(isAgain ? this.#length - 1 : this.#length, x, value);
    }
  }

  gap(before: number): void {
    const x = this.#xAt(before);
    const last = this.#x[this.#length - 1] ?? x;
    if (last < x) this.#set(this.#length, (last + x) / 2, Number.NaN);
  }

  line(): Line {
    return { x: this.#x.subarray(0, this.#length), y: this.#y.subarray(0, this.#length) };
  }

  #xAt(i: number): number {
    return this.#axis === "step"
      ? (this.#columns.step[i] as number)
      : ((this.#columns.at[i] as number) - this.#origin) / 1_000;
  }

  #set(i: number, x: number, y: number): void {
    if (i === this.#x.length) {
      this.#x = wider(this.#x);
      this.#y = wider(this.#y);
    }
    this.#x[i] = x;
    this.#y[i] = y;
    this.#length = i + 1;
  }
}

function wider(column: Float64Array): Float64Array<ArrayBuffer> {
  const copy = new Float64Array(column.length * 2);
  copy.set(column);
  return copy;
}
