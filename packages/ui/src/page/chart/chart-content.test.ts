import { expect, test } from "vitest";
import { axisNumber, axisTime } from "./axis-text.ts";
import { type ChartLine, chartContent } from "./chart-content.ts";
import { Columns } from "./columns.ts";
import { type ChartSettings, queryOf, settingsFrom } from "./settings.ts";

const settings: ChartSettings = { axis: "step", smoothing: 0, log: false, from: undefined, to: undefined };

function lineOf(values: readonly number[], { steps = true, attempts = [1] as readonly number[] } = {}): ChartLine {
  const columns = new Columns();
  for (const [i, value] of values.entries())
    columns.append({ at: i * 1_000, step: steps ? i : Number.NaN, value, attempt: attempts[i] ?? 1 });
  return { key: "r", label: "r", color: 1, dash: [], columns, attempts: [{ attempt: 2, at: 1_500 }], origin: 0 };
}

test("a line without steps is drawn over time, and limits of steps do not count there", () => {
  const content = chartContent([lineOf([1, 2, 3], { steps: false })], { ...settings, from: 100, to: 200 }, 300);
  expect([content.axis, content.range, content.x]).toEqual(["time", { from: 0, to: 2 }, [0, 1, 2]]);
});

test("the limits of the settings are the range; one of them may be open", () => {
  const line = lineOf([1, 2, 3, 4]);
  expect(chartContent([line], { ...settings, from: 1 }, 300).range).toEqual({ from: 1, to: 3 });
  expect(chartContent([line], { ...settings, from: 1, to: 2 }, 300).range).toEqual({ from: 1, to: 2 });
  expect(chartContent([lineOf([1])], settings, 300).range).toEqual({ from: -0.5, to: 0.5 });
});

test("a smoothed line has its values behind it", () => {
  const content = chartContent([lineOf([1, 2, 3])], { ...settings, smoothing: 0.5 }, 300);
  expect(content.series.map(({ role }) => role)).toEqual(["raw", "line"]);
  expect(content.rows[0]).toEqual([1, 2, 3]);
});

test("a logarithmic axis leaves out what is not above zero, and is not one without such values", () => {
  const content = chartContent([lineOf([1, 0, -1, 10])], { ...settings, log: true }, 300);
  expect([content.log, content.notPositive, content.rows[0]]).toEqual([true, 2, [1, null, null, 10]]);
  expect(chartContent([lineOf([0, -1])], { ...settings, log: true }, 300)).toMatchObject({
    log: false,
    notPositive: 0,
  });
});

test("further attempts are marked where they start", () => {
  const line = lineOf([1, 2, 3], { attempts: [1, 1, 2] });
  expect(chartContent([line], settings, 300).attempts).toEqual([{ x: 2, label: "attempt 2" }]);
  expect(chartContent([line], { ...settings, axis: "time" }, 300).attempts).toEqual([{ x: 1.5, label: "attempt 2" }]);
});

test("settings are in the query, without those that are as by default", () => {
  const all = { axis: "time", smoothing: 0.6, log: true, from: 1.5, to: 20 } as const;
  expect(queryOf(all)).toEqual({ x: "time", smooth: 0.6, log: true, from: 1.5, to: 20 });
  expect(settingsFrom(new URLSearchParams("x=time&smooth=0.6&log=true&from=1.5&to=20"))).toEqual(all);
  expect(queryOf(settings)).toEqual({});
  expect(settingsFrom(new URLSearchParams())).toEqual(settings);
});

test("settings that make no sense are as by default", () => {
  expect(settingsFrom(new URLSearchParams("x=y&smooth=7&log=1&from=5&to=5"))).toEqual({ ...settings, smoothing: 0.99 });
  expect(settingsFrom(new URLSearchParams("smooth=a&from=b"))).toEqual(settings);
});

test.each([
  [0, "0", "0 s"],
  [0.5, "0.5", "0.5 s"],
  [90, "90", "1:30 min"],
  [7_200, "7200", "2 h"],
  [8_100, "8100", "2:15 h"],
  [250_000, "250k", "2.9 d"],
  [1e-7, "1e-7", "0 s"],
])("%d on an axis", (value, number, time) => {
  expect([axisNumber(value), axisTime(value)]).toEqual([number, time]);
});
