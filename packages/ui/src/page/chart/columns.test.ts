import { expect, test } from "vitest";
import { Columns } from "./columns.ts";

const fill = (columns: Columns, values: readonly number[], attempt = 1) => {
  for (const value of values) columns.append({ at: columns.count, step: columns.count, value, attempt });
};
const list = (column: Float64Array, { length }: Columns) => [...column.subarray(0, length)];

test("all points are kept up to the capacity, in order", () => {
  const columns = new Columns(1_000);
  fill(
    columns,
    Array.from({ length: 1_000 }, (_, i) => i / 2),
  );
  expect(list(columns.step, columns)).toEqual(Array.from({ length: 1_000 }, (_, i) => i));
  expect([columns.count, columns.min, columns.max, columns.last?.value]).toEqual([1_000, 0, 499.5, 499.5]);
});

test("beyond the capacity the memory is bounded, and every peak stays", () => {
  const columns = new Columns(100);
  for (let i = 0; i < 100_000; i++) {
    columns.append({ at: i, step: i, value: i === 7_777 ? 1e6 : i === 54_321 ? -1e6 : Math.sin(i), attempt: 1 });
  }
  expect(columns.length).toBeLessThanOrEqual(100);
  expect(columns.at.length).toBeLessThanOrEqual(128);
  expect(columns.count).toBe(100_000);
  const values = list(columns.value, columns);
  expect([Math.max(...values), Math.min(...values)]).toEqual([1e6, -1e6]);
  const steps = list(columns.step, columns);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(columns.last?.step).toBe(99_999);
});

test("NaN stays when points are left out, and is neither smallest nor largest", () => {
  const columns = new Columns(8);
  fill(columns, [1, 2, Number.NaN, 3, 4, 5, 6, 7, 8]);
  expect(list(columns.value, columns)).toEqual([1, Number.NaN, 4, 7, 8]);
  expect([columns.min, columns.max]).toEqual([1, 8]);
});

test("a group of points that are left out has one attempt only", () => {
  const columns = new Columns(8);
  fill(columns, [1, 2, 3]);
  fill(columns, [4, 5, 6, 7, 8, 9], 2);
  expect(list(columns.attempt, columns)).toEqual([1, 1, 2, 2, 2, 2]);
  expect(list(columns.value, columns)).toEqual([1, 3, 4, 7, 8, 9]);
});
