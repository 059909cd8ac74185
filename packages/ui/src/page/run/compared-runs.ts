// What several runs have in common, and where they differ.
import { canonicalJson, type JsonValue, type Run } from "@deepaas/core";

/** The first characters of an id tell runs apart, unless somebody has chosen the ids. */
export function shortLabels(ids: readonly string[]): readonly string[] {
  const short = ids.map((id) => (/^[0-9a-f]{32}$/.test(id) ? id.slice(0, 8) : id));
  return new Set(short).size === ids.length ? short : ids;
}

export interface DifferingArgument {
  readonly name: string;
  /** One for each run; undefined where the run has no such argument. */
  readonly values: readonly (JsonValue | undefined)[];
}

export function differingArguments(runs: readonly Pick<Run, "args">[]): readonly DifferingArgument[] {
  const names = [...new Set(runs.flatMap(({ args }) => Object.keys(args)))];
  return names.flatMap((name) => {
    const values = runs.map(({ args }) => args[name]);
    const texts = new Set(values.map((value) => value !== undefined && canonicalJson(value)));
    return texts.size > 1 ? [{ name, values }] : [];
  });
}
