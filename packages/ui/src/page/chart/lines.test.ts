// Fewer points, a smoother line, several lines over one axis.
import { describe, expect, test } from "vitest";
import type { Line } from "./curve.ts";
import { decimate } from "./decimate.ts";
import { mergeLines } from "./merge-lines.ts";
import { smooth } from "./smooth.ts";

const lineOf = (x: readonly number[], y: readonly number[]): Line => ({
  x: Float64Array.from(x),
  y: Float64Array.from(y),
});
const count = (length: number) => Array.from({ length }, (_, i) => i);

describe("decimate", () => {
  test("keeps a line of few points", () => {
    const line = lineOf(count(40), count(40));
    expect([...decimate(line, { from: 0, to: 39 }, 10).x]).toEqual(count(40));
  });

  test("keeps the ends and every peak of a long line, in order", () => {
    const y = count(200_000).map((i) => (i === 123_456 ? 99 : i === 77_777 ? -99 : Math.sin(i)));
    const { x, y: kept } = decimate(lineOf(count(200_000), y), { from: 0, to: 199_999 }, 500);
    expect(x.length).toBeLessThanOrEqual(1_004);
    expect([...x]).toEqual([...x].toSorted((a, b) => a - b));
    expect(new Set(x).size).toBe(x.length);
    expect([kept[x.indexOf(123_456)], kept[x.indexOf(77_777)]]).toEqual([99, -99]);
    expect(x.at(-1)).toBe(199_999);
  });

  test("returns the range and one more point at either side", () => {
    const line = lineOf(count(100), count(100));
    expect([...decimate(line, { from: 10.5, to: 13 }, 10).x]).toEqual([10, 11, 12, 13, 14]);
    expect([...decimate(line, { from: 200, to: 300 }, 10).x]).toEqual([99]);
    expect([...decimate(lineOf([], []), { from: 0, to: 1 }, 10).x]).toEqual([]);
  });

  test("keeps a gap only where a bucket has no number", () => {
    const y = count(1_000).map((i) => (i >= 400 && i < 600 ? Number.NaN : i === 10 ? Number.NaN : i));
    const { x, y: kept } = decimate(lineOf(count(1_000), y), { from: 0, to: 1_000 }, 10);
    const gaps = [...x].filter((_, i) => Number.isNaN(kept[i]));
    expect(gaps).toEqual([400, 500]);
  });
});

describe("smooth", () => {
  test("without weight changes nothing", () => {
    expect([...smooth(lineOf([1, 2, 3], [5, 1, 7]), 0).y]).toEqual([5, 1, 7]);
  });

  test("is the moving average without the bias towards the start", () => {
    const { y } = smooth(lineOf([1, 2, 3], [1, 2, 4]), 0.5);
    expect([...y].map((one) => Number(one.toFixed(6)))).toEqual([1, Number((5 / 3).toFixed(6)), 3]);
  });

  test("of a constant is the constant, also over uneven distances and gaps", () => {
    const { y } = smooth(lineOf([0, 1, 5, 6, 100], [3, 3, Number.NaN, 3, 3]), 0.9);
    expect([...y].map((one) => Number(one.toFixed(9)))).toEqual([3, 3, Number.NaN, 3, 3]);
  });

  test("of fewer points of a long curve ends where that of all points ends", () => {
    const x = count(50_000);
    const y = x.map((i) => i / 50_000);
    const all = smooth(lineOf(x, y), 0.9).y.at(-1) as number;
    const fewer = x.filter((i) => i % 10 === 9);
    const some = smooth(
      lineOf(
        fewer,
        fewer.map((i) => y[i] as number),
      ),
      0.9,
    ).y.at(-1) as number;
    expect(Math.abs(all - some)).toBeLessThan(0.001);
  });
});

test("merged lines have null in a gap and undefined where another line has a point", () => {
  const { x, rows } = mergeLines([lineOf([1, 2, 4], [10, Number.NaN, 40]), lineOf([2, 3], [21, 31])]);
  expect(x).toEqual([1, 2, 3, 4]);
  expect(rows).toEqual([
    [10, null, null, 40],
    [undefined, 21, 31, undefined],
  ]);
});
