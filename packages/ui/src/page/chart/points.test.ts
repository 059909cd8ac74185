import { expect, test } from "vitest";
import { Points } from "./points.ts";

const pointsOf = (values: readonly number[], capacity?: number) => {
  const points = new Points(capacity);
  for (const [i, value] of values.entries()) points.append({ at: i, step: i, value, attempt: 1 });
  return points;
};

test("however many values there are, memory is bounded, and the peaks and the order stay", () => {
  const values = Array.from({ length: 200_000 }, (_, i) => (i === 77_777 ? 99 : i === 123_456 ? -99 : Math.sin(i)));
  const points = pointsOf(values);
  expect(points.list.length).toBeLessThanOrEqual(5_000);
  const steps = points.list.map(({ step }) => step);
  expect(steps).toEqual(steps.toSorted((a, b) => a - b));
  expect(points.list.filter(({ value }) => Math.abs(value) > 1).map(({ step }) => step)).toEqual([77_777, 123_456]);
  expect([points.count, points.min, points.max, steps.at(-1)]).toEqual([200_000, -99, 99, 199_999]);
});

test("values that are no finite number count, and take the place of no other one", () => {
  const points = pointsOf([Number.NaN, 1, 2, 3, Number.NaN, Number.POSITIVE_INFINITY, Number.NaN, Number.NaN, 5], 8);
  expect(points.list.map(({ value }) => value)).toEqual([1, 3, Number.NaN, 5]);
  expect([points.count, points.min, points.max]).toEqual([9, 1, 5]);
});
