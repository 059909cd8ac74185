// The values of one metric. Memory is bounded: a long run keeps its peaks, not every value.

export interface Point {
  /** In milliseconds since 1970. */
  readonly at: number;
  /** NaN if the event had no step. */
  readonly step: number;
  /** May be NaN or infinite. */
  readonly value: number;
  readonly attempt: number;
}

const groupSize = 4;

export class Points {
  list: Point[] = [];
  /** How many values were reported; more than the list has once some of them were left out. */
  count = 0;
  /** Of the finite values; Infinity and -Infinity if there are none. */
  min = Number.POSITIVE_INFINITY;
  max = Number.NEGATIVE_INFINITY;
  readonly #capacity: number;

  constructor(capacity = 5_000) {
    this.#capacity = capacity;
  }

  append(point: Point): void {
    if (this.list.length >= this.#capacity) this.list = extremesOf(this.list);
    this.list.push(point);
    this.count++;
    if (!Number.isFinite(point.value)) return;
    this.min = Math.min(this.min, point.value);
    this.max = Math.max(this.max, point.value);
  }
}

/** Returns the smallest and the largest of each four points. */
function extremesOf(points: readonly Point[]): Point[] {
  const kept: Point[] = [];
  for (let start = 0; start < points.length; start += groupSize) {
    const group = points.slice(start, start + groupSize);
    const finite = group.filter(({ value }) => Number.isFinite(value)).sort((a, b) => a.value - b.value);
    const [low = group[0]] = finite;
    const high = finite.at(-1);
    kept.push(...group.filter((point) => point === low || point === high));
  }
  return kept;
}
