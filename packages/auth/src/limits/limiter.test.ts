import { expect, onTestFinished, test, vi } from "vitest";
import { Limiter } from "./limiter.ts";

function withTime(): void {
  vi.useFakeTimers({ toFake: ["performance", "Date"] });
  onTestFinished(() => void vi.useRealTimers());
}

test("a window starts with its first request and refuses what is too much until it ends", () => {
  withTime();
  const limiter = new Limiter({ requests: 2, seconds: 10 });
  expect(limiter.count("a")).toBeUndefined();
  vi.advanceTimersByTime(6_000);
  expect(limiter.count("a")).toBeUndefined();
  expect(limiter.count("a")).toBe(4_000);
  expect(limiter.count("b")).toBeUndefined();
  vi.advanceTimersByTime(3_999.5);
  expect(limiter.count("a")).toBe(1);
  vi.advanceTimersByTime(0.5);
  expect(limiter.count("a")).toBeUndefined();
});

test("to ask counts nothing", () => {
  withTime();
  const limiter = new Limiter({ requests: 1, seconds: 10 });
  expect(limiter.waitMs("a")).toBeUndefined();
  expect(limiter.waitMs("a")).toBeUndefined();
  expect(limiter.count("a")).toBeUndefined();
  expect(limiter.waitMs("a")).toBe(10_000);
  vi.advanceTimersByTime(10_000);
  expect(limiter.waitMs("a")).toBeUndefined();
});

test("a clock that is set changes nothing", () => {
  withTime();
  const limiter = new Limiter({ requests: 1, seconds: 10 });
  limiter.count("a");
  for (const hours of [-1, 2]) {
    vi.setSystemTime(Date.now() + hours * 3_600_000);
    expect(limiter.count("a")).toBe(10_000);
  }
});

test("with more keys than it keeps, it forgets the oldest one", () => {
  const limiter = new Limiter({ requests: 1, seconds: 10 }, 2);
  for (const key of ["a", "b", "c"]) expect(limiter.count(key)).toBeUndefined();
  expect(limiter.count("c")).toBeGreaterThan(0);
  expect(limiter.count("b")).toBeGreaterThan(0);
  expect(limiter.count("a")).toBeUndefined();
});
