import { expect, test } from "vitest";
import { benchPlot } from "./bench-plot.ts";
import { benchTable, type Level, type Measured, milliseconds } from "./bench-result.ts";

const level = (callers: number, more: Partial<Level> = {}): Level => ({
  callers,
  calls: 100 * callers,
  seconds: 1,
  callsPerSecond: 100 * callers,
  p50Ms: 2 * callers,
  p95Ms: 3 * callers,
  p99Ms: 4 * callers,
  errors: {},
  loadCpu: 0.1,
  ...more,
});
const measured = (levels: readonly Level[], more: Partial<Measured> = {}): Measured => ({
  model: "a<b>&c",
  module: "m.ts",
  workers: 2,
  seconds: 3,
  levels,
  ...more,
});

/** Every element is closed in its order, and no text has a `<`. */
function isWellFormed(xml: string): boolean {
  const open: string[] = [];
  for (const [, end, name, attributes = ""] of xml.matchAll(/<(\/?)([a-z]+)((?:\s[^<>]*)?)>/gi)) {
    if (end) {
      if (open.pop() !== name) return false;
    } else if (!attributes.endsWith("/")) open.push(name as string);
  }
  return open.length === 0 && !/&(?!amp;|lt;|gt;)/.test(xml);
}

test("the plot has both panels with their units, the callers, colours for light and dark, and no script", () => {
  const svg = benchPlot(measured([level(1), level(4), level(16)]));
  expect(isWellFormed(svg)).toBe(true);
  for (const part of [
    "Throughput",
    "calls per second",
    "milliseconds",
    ">16<",
    "p50",
    "p99",
    "prefers-color-scheme: dark",
  ]) {
    expect(svg).toContain(part);
  }
  expect(svg).toContain("a&lt;b&gt;&amp;c, 2 workers, 3 s each");
  expect(svg).not.toMatch(/<script|NaN|Infinity|undefined/);
  expect(svg.match(/<polyline/g)).toHaveLength(3);
});

test("batching on and off are lines of their own, one of them dashed", () => {
  const svg = benchPlot(
    measured([level(1, { batching: true }), level(1, { batching: false }), level(4, { batching: true })]),
  );
  expect(svg.match(/<polyline/g)).toHaveLength(6);
  expect(svg).toContain("p99, batching off");
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test.each([
  ["one measurement", [level(1)]],
  ["a measurement without calls", [level(1), level(4, { calls: 0, callsPerSecond: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 })]],
  [
    "very quick and very slow calls",
    [level(1, { p50Ms: 0.02, p99Ms: 0.09 }), level(64, { p50Ms: 20_000, p99Ms: 90_000 })],
  ],
  ["nothing", []],
])("it can be drawn with %s", (_, levels) => {
  const svg = benchPlot(measured(levels));
  expect(isWellFormed(svg)).toBe(true);
  expect(svg).not.toMatch(/NaN|Infinity|undefined/);
});

test("every point is inside of the plot", () => {
  const svg = benchPlot(measured([level(1), level(4, { p99Ms: 999 }), level(64)]));
  for (const [, x, y] of svg.matchAll(/<circle[^>]* cx="([\d.-]+)" cy="([\d.-]+)"/g)) {
    expect(Number(x)).toBeGreaterThanOrEqual(64);
    expect(Number(x)).toBeLessThanOrEqual(440);
    expect(Number(y)).toBeGreaterThanOrEqual(70);
    expect(Number(y)).toBeLessThanOrEqual(268);
  }
});

test("the table has batching on and off side by side, errors by code, and what the server used", () => {
  const levels = [
    level(1, { batching: true, cpu: 1.52, rssBytes: 200 * 1_048_576 }),
    level(4, { batching: true, errors: { overloaded: 1_200, "HTTP 502": 1 } }),
    level(1, { batching: false }),
    level(4, { batching: false, calls: 0, callsPerSecond: 0, p50Ms: 0, p95Ms: 0, p99Ms: 0 }),
  ];
  const lines = benchTable(measured(levels))
    .trimEnd()
    .split("\n")
    .map((line) => line.trim().replace(/ {2,}/g, "|"));
  expect(lines).toEqual([
    "Callers|Batching|Calls/s|p50|p95|p99|CPU|Memory|Errors",
    "1|on|100|2.0 ms|3.0 ms|4.0 ms|152 %|200 MiB|-",
    "1|off|100|2.0 ms|3.0 ms|4.0 ms|-|-|-",
    "4|on|400|8.0 ms|12.0 ms|16.0 ms|-|-|1,200 overloaded, 1 HTTP 502",
    "4|off|0|-|-|-|-|-|-",
  ]);
});

test("a generator that has used a whole processor is mentioned", () => {
  expect(benchTable(measured([level(1, { loadCpu: 0.95 })]))).toContain("load generator used a whole processor");
  expect(benchTable(measured([level(1)]))).not.toContain("load generator");
  expect(benchTable(measured([]))).toBe("nothing was measured\n");
});

test("times have three figures", () => {
  expect([0.0312, 0.5, 12.34, 99.96, 1_234.5].map(milliseconds)).toEqual([
    "0.03 ms",
    "0.50 ms",
    "12.3 ms",
    "100.0 ms",
    "1,235 ms",
  ]);
});
