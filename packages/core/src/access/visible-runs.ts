// Limits a list of runs to those that its caller may read.
import type { RunFilter, RunSelection } from "../contract/run.ts";
import { modelsWithScope } from "./scopes.ts";

/**
 * Returns a filter for those runs of `filter` that a caller with these scopes may read: the own ones of models with `read`, and
 * all of models with `read:all`. The store selects them, so pages are full.
 */
export function visibleRuns(filter: RunFilter, scopes: readonly string[], owner: string | undefined): RunFilter {
  const own = modelsWithScope(scopes, "read");
  const all = modelsWithScope(scopes, "read:all");
  if (all === "all") return filter;
  const ofAnybody = { model: all };
  const ofCaller = { owner: owner === undefined ? [] : [owner], ...(own !== "all" && { model: own }) };
  const { owner: owners, model, anyOf = [{}], ...rest } = filter;
  const asked = { ...(owners !== undefined && { owner: owners }), ...(model !== undefined && { model }) };
  const selections = anyOf
    .flatMap((one) => [ofCaller, ofAnybody].map((visible) => both(both(asked, one), visible)))
    .filter((one) => !isEmpty(one));
  const [only = { model: [] }, ...more] = selections;
  return more.length === 0 ? { ...rest, ...only } : { ...rest, anyOf: selections };
}

function both(a: RunSelection, b: RunSelection): RunSelection {
  const owner = common(a.owner, b.owner);
  const model = common(a.model, b.model);
  return { ...(owner && { owner }), ...(model && { model }) };
}

type Texts = RunSelection["owner"];

/** Undefined: any text. */
function common(a: Texts, b: Texts): readonly string[] | undefined {
  if (a === undefined || b === undefined) return list(a ?? b);
  const allowed = new Set(list(b));
  return list(a)?.filter((text) => allowed.has(text));
}

function list(texts: Texts): readonly string[] | undefined {
  return typeof texts === "string" ? [texts] : texts;
}

function isEmpty({ owner, model }: RunSelection): boolean {
  return owner?.length === 0 || model?.length === 0;
}
