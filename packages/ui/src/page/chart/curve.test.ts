import { describe, expect, test } from "vitest";
import { type Axis, curveOf, smooth } from "./curve.ts";

/** One value each second, counted from 0. */
function drawn(points: readonly (readonly [attempt: number, step: number])[], axis: Axis) {
  const list = points.map(([attempt, step], i) => ({ attempt, step, at: i * 1_000, value: i }));
  const { x, y, marks } = curveOf(list, axis, -1_000);
  return { pairs: x.map((one, i) => [one, y[i]]), marks };
}
const gap = Number.NaN;

describe("in steps", () => {
  test("an attempt that goes on at an earlier step replaces the rest of the one before, and is marked", () => {
    const { pairs, marks } = drawn(
      [
        [1, 1],
        [1, 2],
        [1, 3],
        [1, 4],
        [2, 3],
        [2, 4],
      ],
      "step",
    );
    expect(pairs).toEqual([
      [1, 0],
      [2, 1],
      [2.5, gap],
      [3, 4],
      [4, 5],
    ]);
    expect(marks).toEqual([{ x: 3, attempt: 2 }]);
  });

  test("an attempt that starts anew replaces all before it", () => {
    expect(
      drawn(
        [
          [1, 1],
          [1, 2],
          [2, 1],
        ],
        "step",
      ),
    ).toEqual({ pairs: [[1, 2]], marks: [] });
  });

  test("steps that go back never draw backwards, of one step the last value counts, and no step is no point", () => {
    const { pairs } = drawn(
      [
        [1, 1],
        [1, 9],
        [1, 2],
        [1, 2],
        [1, gap],
        [1, 3],
      ],
      "step",
    );
    expect(pairs).toEqual([
      [1, 0],
      [2, 3],
      [3, 5],
    ]);
  });
});

test("over time nothing is replaced, and between attempts is a gap", () => {
  const { pairs, marks } = drawn(
    [
      [1, 1],
      [1, 2],
      [2, 1],
    ],
    "time",
  );
  expect(pairs).toEqual([
    [1, 0],
    [2, 1],
    [2.5, gap],
    [3, 2],
  ]);
  expect(marks).toEqual([{ x: 3, attempt: 2 }]);
});

describe("smooth", () => {
  const count = (length: number) => Array.from({ length }, (_, i) => i);

  test("is the moving average without the bias towards the start", () => {
    const y = smooth({ x: [1, 2, 3], y: [1, 2, 4] }, 0.5);
    expect(y.map((one) => Number(one.toFixed(6)))).toEqual([1, Number((5 / 3).toFixed(6)), 3]);
  });

  test("of a constant is the constant, also over uneven distances and gaps", () => {
    const y = smooth({ x: [0, 1, 5, 6, 100], y: [3, 3, gap, 3, 3] }, 0.9);
    expect(y.map((one) => Number(one.toFixed(9)))).toEqual([3, 3, gap, 3, 3]);
  });

  test("of fewer points of a long curve ends where that of all points ends", () => {
    const x = count(50_000);
    const some = x.filter((i) => i % 10 === 9);
    const end = (places: number[]) => smooth({ x: places, y: places.map((i) => i / 50_000) }, 0.9).at(-1) as number;
    expect(Math.abs(end(x) - end(some))).toBeLessThan(0.001);
  });
});
