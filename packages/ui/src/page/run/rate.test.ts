import { expect, test } from "vitest";
import { Rate } from "./rate.ts";

test("is known after two reports at different times", () => {
  const rate = new Rate();
  expect([rate.perSecond(), rate.remainingMs(100, 0)]).toEqual([undefined, undefined]);
  rate.add(10, 1_000);
  rate.add(20, 1_000);
  expect(rate.perSecond()).toBeUndefined();
  rate.add(30, 3_000);
  expect(rate.perSecond()).toBeCloseTo(10);
});

test("the remaining time falls while nothing is reported, to 0 at least", () => {
  const rate = new Rate();
  rate.add(0, 0);
  rate.add(10, 1_000);
  expect([rate.remainingMs(50, 1_000), rate.remainingMs(50, 2_000), rate.remainingMs(50, 60_000)]).toEqual([
    4_000, 3_000, 0,
  ]);
});

test("is that of the last reports only, however many there are", () => {
  const rate = new Rate();
  for (let i = 0; i < 10_000; i++) rate.add(i < 5_000 ? i : 5_000 + (i - 5_000) * 10, i * 10);
  expect(rate.perSecond()).toBeCloseTo(1_000);
});

test("starts anew when the step goes back", () => {
  const rate = new Rate();
  rate.add(100, 0);
  rate.add(200, 1_000);
  rate.add(50, 2_000);
  expect(rate.perSecond()).toBeUndefined();
  rate.add(60, 3_000);
  expect(rate.perSecond()).toBeCloseTo(10);
  rate.reset();
  expect(rate.perSecond()).toBeUndefined();
});
