import { expect, test } from "vitest";
import { argumentRows, shortLabels, styleOf } from "./compared-runs.ts";
import { csvOf, jsonLinesOf } from "./export-runs.ts";

const at = "2025-01-01T00:00:00.000Z";

test("arguments are equal whatever the order of their members", () => {
  const rows = argumentRows([
    { args: { a: { x: 1, y: 2 }, b: 1 } },
    { args: { a: { y: 2, x: 1 }, b: 2 } },
    { args: { b: 1 } },
  ]);
  expect(rows.map(({ name, isSame }) => [name, isSame])).toEqual([
    ["a", false],
    ["b", false],
  ]);
  expect(argumentRows([{ args: { a: [1] } }, { args: { a: [1] } }])).toEqual([
    { name: "a", values: [[1], [1]], isSame: true },
  ]);
});

test("labels are short where that tells the runs apart", () => {
  const [a, b] = ["0123456789abcdef0123456789abcdef", "0123456789abcdef0123456789abcde0"];
  expect(shortLabels([a, "ffff456789abcdef0123456789abcdef", "mine"])).toEqual(["01234567", "ffff4567", "mine"]);
  expect(shortLabels([a, b])).toEqual([a, b]);
});

test("ten runs have ten colours and ten patterns", () => {
  const styles = Array.from({ length: 10 }, (_, i) => styleOf(i));
  expect(new Set(styles.map(({ color }) => color)).size).toBe(10);
  expect(new Set(styles.map(({ dash }) => dash.join())).size).toBe(10);
});

test("the files have the rows of all runs", async () => {
  const logs = ["r1", "r2"].map((id, i) => ({
    run: { id },
    events: [
      { seq: 1, at, type: "started", attempt: i + 1 },
      { seq: 2, at, type: "progress", step: 1, metrics: { [i === 0 ? "loss" : "acc"]: 0.5 } },
    ] as const,
  }));
  expect(await csvOf(logs).text()).toBe(
    `run,seq,at,attempt,step,total,loss,acc,message\r\nr1,2,${at},1,1,,0.5,,\r\nr2,2,${at},2,1,,,0.5,\r\n`,
  );
  const lines = (await jsonLinesOf(logs).text()).trimEnd().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { run: string; seq: number }).run)).toEqual(["r1", "r1", "r2", "r2"]);
});
