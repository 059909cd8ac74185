// The values of one metric in typed columns. Appending costs the same however many there are, and memory is bounded.

export interface Point {
  /** In milliseconds since 1970. */
  readonly at: number;
  /** NaN if the event had no step. */
  readonly step: number;
  /** May be NaN or infinite. */
  readonly value: number;
  readonly attempt: number;
}

const columnNames = ["at", "step", "value", "attempt"] as const;

/** Beyond `capacity` points each group of four keeps two of them, so that every peak stays. */
export class Columns {
  at = new Float64Array(64);
  step = new Float64Array(64);
  value = new Float64Array(64);
  attempt = new Float64Array(64);
  length = 0;
  /** How many values were reported; more than `length` once some of them were left out. */
  count = 0;
  /** Of the finite values; Infinity and -Infinity if there are none. */
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  last: Point | undefined;
  readonly #capacity: number;

  constructor(capacity = 20_000) {
    this.#capacity = capacity;
  }

  append(point: Point): void {
    if (this.length >= this.#capacity) this.#halve();
    if (this.length === this.at.length) this.#grow();
    for (const name of columnNames) this[name][this.length] = point[name];
    this.length++;
    this.count++;
    this.last = point;
    if (!Number.isFinite(point.value)) return;
    if (point.value < this.min) this.min = point.value;
    if (point.value > this.max) this.max = point.value;
  }

  #grow(): void {
    for (const name of columnNames) {
      const wider = new Float64Array(this.length * 2);
      wider.set(this[name]);
      this[name] = wider;
    }
  }

  #halve(): void {
    let kept = 0;
    for (let start = 0; start < this.length; ) {
      let end = start + 1;
      while (end < this.length && end - start < 4 && this.attempt[end] === this.attempt[start]) end++;
      const [first, second] = this.#extremes(start, end);
      kept = this.#keep(first, kept);
      if (second !== first) kept = this.#keep(second, kept);
      start = end;
    }
    this.length = kept;
  }

  #keep(from: number, to: number): number {
    for (const name of columnNames) this[name][to] = this[name][from] as number;
    return to + 1;
  }

  /** Returns the indexes of the smallest and of the largest value, in their order. NaN counts as larger than any number. */
  #extremes(start: number, end: number): readonly [number, number] {
    let low = start;
    let high = start;
    for (let i = start + 1; i < end; i++) {
      if (isLess(this.value[i] as number, this.value[low] as number)) low = i;
      if (isLess(this.value[high] as number, this.value[i] as number)) high = i;
    }
    return low < high ? [low, high] : [high, low];
  }
}

function isLess(a: number, b: number): boolean {
  return a < b || (Number.isNaN(b) && !Number.isNaN(a));
}
