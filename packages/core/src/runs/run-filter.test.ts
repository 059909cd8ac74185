import fc from "fast-check";
import { expect, test } from "vitest";
import type { RunFilter } from "../contract/run.ts";
import { checkRunFilter, comparePlaces, cursorAfter, placeOfCursor, type RunPlace } from "./run-filter.ts";

const places = fc.record({
  number: fc.integer({ min: 1, max: 1_000 }),
  value: fc.option(fc.oneof(fc.double({ noNaN: true }), fc.integer({ min: -2, max: 2 }))),
});
const orders = fc.record(
  {
    orderByMetric: fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
    descending: fc.boolean(),
    newestFirst: fc.boolean(),
  },
  { requiredKeys: ["orderByMetric"] },
);

test("a cursor has the place after which it continues, whatever the metric and its value", () => {
  fc.assert(
    fc.property(orders, places, (order, place) => {
      const after = cursorAfter(order, place);
      expect(after).toMatch(/^[\w-]+$/);
      const found = placeOfCursor({ ...order, after }) as RunPlace;
      expect(comparePlaces(found, place, order)).toBe(0);
      expect(found.number).toBe(place.number);
    }),
  );
});

test("the order is total, and runs without a value are the last ones", () => {
  fc.assert(
    fc.property(orders, places, places, (order, a, b) => {
      expect(Math.sign(comparePlaces(a, b, order))).toBe(-Math.sign(comparePlaces(b, a, order)) + 0);
      if (a.value !== null && b.value === null) expect(comparePlaces(a, b, order)).toBeLessThan(0);
      if (a.value !== null && b.value !== null && a.value < b.value)
        expect(comparePlaces(a, b, order) < 0).toBe(order.descending !== true);
    }),
  );
});

test.each<[string, object]>([
  ["/orderByMetric", { orderByMetric: "" }],
  ["/orderByMetric", { orderByMetric: 5 }],
  ["/orderByMetric", { orderByMetric: "x".repeat(257) }],
  ["/descending", { descending: false }],
  ["/descending", { orderByMetric: "a", descending: "yes" }],
  ["/limit", { limit: 0 }],
  ["/state", { state: "over" }],
  ["/createdSince", { createdSince: "yesterday" }],
])("an invalid filter is refused at %s: %j", (pointer, filter) => {
  expect(() => checkRunFilter(filter as RunFilter)).toThrow(
    expect.objectContaining({ code: "invalid_args", issues: [expect.objectContaining({ pointer })] }) as Error,
  );
});

test.each([
  [{ owner: 7 }, "/owner"],
  [{ model: ["a", 7] }, "/model"],
  [{ owner: Array(1_001).fill("a") }, "/owner"],
  [{ anyOf: {} }, "/anyOf"],
  [{ anyOf: Array(101).fill({}) }, "/anyOf"],
  [{ anyOf: ["a"] }, "/anyOf/0"],
  [{ anyOf: [{}, { owner: "a", state: "queued" }] }, "/anyOf/1/state"],
  [{ anyOf: [{ model: null }] }, "/anyOf/0/model"],
])("the selection %j is invalid at %s", (filter, pointer) => {
  const call = () => checkRunFilter(filter as unknown as RunFilter);
  expect(call).toThrow(
    expect.objectContaining({ code: "invalid_args", issues: [expect.objectContaining({ pointer })] }),
  );
});
