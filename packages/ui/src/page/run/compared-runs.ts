// What several runs have in common, and where they differ.
import { canonicalJson, type JsonValue, type Run } from "@deepaas/core";
import type { ChartLine } from "../chart/chart-content.ts";
import type { FollowedRun } from "./followed-run.ts";

/** Fewer and more cannot be compared. */
export const fewestRuns = 2;
export const mostRuns = 10;

/** One pattern for each colour, so that lines can be told apart without colours. Lengths of strokes and gaps. */
const dashes: readonly (readonly number[])[] = [
  [],
  [8, 4],
  [2, 3],
  [10, 3, 2, 3],
  [16, 4],
  [5, 2],
  [10, 3, 2, 3, 2, 3],
  [4, 6],
  [16, 3, 5, 3],
  [1, 5],
];

export interface LineStyle {
  readonly color: number;
  readonly dash: readonly number[];
}

export function styleOf(index: number): LineStyle {
  return { color: (index % mostRuns) + 1, dash: dashes[index % mostRuns] ?? [] };
}

/** The first characters of an id tell runs apart, unless somebody has chosen the ids. */
export function shortLabels(ids: readonly string[]): readonly string[] {
  const short = ids.map((id) => (/^[0-9a-f]{32}$/.test(id) ? id.slice(0, 8) : id));
  return new Set(short).size === new Set(ids).size ? short : ids;
}

export interface ArgumentRow {
  readonly name: string;
  /** One for each run; undefined where the run has no such argument. */
  readonly values: readonly (JsonValue | undefined)[];
  readonly isSame: boolean;
}

export function argumentRows(runs: readonly Pick<Run, "args">[]): readonly ArgumentRow[] {
  const names = new Set(runs.flatMap(({ args }) => Object.keys(args)));
  return [...names].map((name) => {
    const values = runs.map(({ args }) => args[name]);
    const texts = new Set(values.map((value) => (value === undefined ? undefined : canonicalJson(value))));
    return { name, values, isSame: texts.size === 1 };
  });
}

export interface ComparedRun {
  readonly followed: FollowedRun;
  readonly label: string;
  readonly style: LineStyle;
}

/** The lines of each metric that any of the runs has. */
export function linesByMetric(runs: readonly ComparedRun[]): ReadonlyMap<string, readonly ChartLine[]> {
  const metrics = new Map<string, ChartLine[]>();
  for (const { followed, label, style } of runs) {
    const { series, attempts, origin } = followed.metrics;
    for (const [name, columns] of series) {
      const lines = metrics.get(name) ?? [];
      lines.push({ key: followed.id, label, ...style, columns, attempts, origin });
      metrics.set(name, lines);
    }
  }
  return metrics;
}
