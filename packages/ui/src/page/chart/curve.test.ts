import { describe, expect, test } from "vitest";
import { Columns } from "./columns.ts";
import { curveOf, type Line } from "./curve.ts";

/** One point each second; the value is its index. */
function columnsOf(points: readonly (readonly [attempt: number, step: number])[]): Columns {
  const columns = new Columns();
  for (const [i, [attempt, step]] of points.entries()) columns.append({ at: i * 1_000, step, value: i, attempt });
  return columns;
}
const pairs = ({ x, y }: Line) => [...x].map((one, i) => [one, y[i]]);

describe("in steps", () => {
  test("an attempt that goes on at an earlier step replaces the rest of the one before", () => {
    const { current, replaced } = curveOf(
      columnsOf([
        [1, 1],
        [1, 2],
        [1, 3],
        [1, 4],
        [2, 3],
        [2, 4],
        [2, 5],
      ]),
      "step",
      0,
    );
    expect(pairs(current)).toEqual([
      [1, 0],
      [2, 1],
      [3, 4],
      [4, 5],
      [5, 6],
    ]);
    expect(replaced.map(pairs)).toEqual([
      [
        [2, 1],
        [3, 2],
        [4, 3],
      ],
    ]);
  });

  test("an attempt that starts anew replaces all before it, the newest first", () => {
    const { current, replaced } = curveOf(
      columnsOf([
        [1, 1],
        [2, 1],
        [2, 2],
        [3, 1],
      ]),
      "step",
      0,
    );
    expect(pairs(current)).toEqual([[1, 3]]);
    expect(replaced.map(pairs)).toEqual([
      [
        [1, 1],
        [2, 2],
      ],
      [[1, 0]],
    ]);
  });

  test("an attempt that goes on without an overlap continues the line", () => {
    const { current, replaced } = curveOf(
      columnsOf([
        [1, 1],
        [1, 2],
        [2, 3],
      ]),
      "step",
      0,
    );
    expect([...current.x]).toEqual([1, 2, 3]);
    expect(replaced).toEqual([]);
  });

  test("steps that go back within an attempt never draw backwards, and few of them are kept", () => {
    const { current, replaced } = curveOf(
      columnsOf(Array.from({ length: 60 }, (_, i) => [1, i % 6] as const)),
      "step",
      0,
    );
    for (const { x } of [current, ...replaced]) expect([...x]).toEqual([0, 1, 2, 3, 4, 5]);
    expect(replaced).toHaveLength(4);
  });

  test("of several values of one step the last one counts, and points without a step are left out", () => {
    const { current } = curveOf(
      columnsOf([
        [1, 1],
        [1, 1],
        [1, Number.NaN],
        [1, 2],
      ]),
      "step",
      0,
    );
    expect(pairs(current)).toEqual([
      [1, 1],
      [2, 3],
    ]);
  });
});

describe("over time", () => {
  test("what an attempt has replaced is faint, and between attempts is a gap", () => {
    const { current, replaced, nonFinite } = curveOf(
      columnsOf([
        [1, 1],
        [1, 2],
        [1, 3],
        [2, 3],
      ]),
      "time",
      -1_000,
    );
    expect(pairs(current)).toEqual([
      [1, 0],
      [2, 1],
      [3, Number.NaN],
      [4, 3],
    ]);
    expect(replaced.map(pairs)).toEqual([
      [
        [2, 1],
        [3, 2],
      ],
    ]);
    expect(nonFinite).toEqual([]);
  });

  test("steps that go back within an attempt replace nothing", () => {
    const { current, replaced } = curveOf(
      columnsOf([
        [1, 1],
        [1, 2],
        [1, 1],
        [1, 2],
      ]),
      "time",
      0,
    );
    expect([...current.x]).toEqual([0, 1, 2, 3]);
    expect(replaced).toEqual([]);
  });
});

test("values that are no finite number are told", () => {
  const columns = new Columns();
  for (const [i, value] of [1, Number.NaN, Number.POSITIVE_INFINITY, 2].entries())
    columns.append({ at: 0, step: i, value, attempt: 1 });
  expect(curveOf(columns, "step", 0).nonFinite).toEqual([1, 2]);
});
