// Scopes: what a caller may do.
import { isName } from "../contract/names.ts";

/**
 * The names of scopes. `NAME` is for all models, `NAME@MODEL` for one.
 *
 * - `read`: the caller's own runs with their logs, metrics and files, and the versions of the weights.
 * - `read:all`: that, and the runs of others and of nobody.
 * - `predict`: predicts and streams.
 * - `train`: trainings, and ending and removing the caller's own ones. Includes `read`.
 * - `admin`: everything, also which version of the weights is served.
 */
export const scopeNames = ["read", "read:all", "predict", "train", "admin"] as const;

export type ScopeName = (typeof scopeNames)[number];

const included: ReadonlyMap<string, readonly ScopeName[]> = new Map<string, readonly ScopeName[]>([
  ["read", ["read"]],
  ["read:all", ["read:all", "read"]],
  ["predict", ["predict"]],
  ["train", ["train", "read"]],
  ["admin", scopeNames],
]);

/** The scope of a grant: it reads one run, whoever owns it, and nothing else. */
export function grantScope(run: string): string {
  return `read#${run}`;
}

/** Returns true if the scopes have `name`, or one that includes it, for the model. Without a model: for all models. */
export function hasScope(scopes: readonly string[], name: ScopeName, model?: string): boolean {
  return scopes.some((scope) => {
    const [given, only] = partsOf(scope);
    return included.get(given)?.includes(name) === true && (only === undefined || only === model);
  });
}

/** Returns true if the scopes have anything for the model: then its caller sees it. Without a model: for any model. */
export function hasAnyScope(scopes: readonly string[], model?: string): boolean {
  return scopes.some((scope) => {
    const [given, only] = partsOf(scope);
    return included.has(given) && (model === undefined || only === undefined || only === model);
  });
}

/** Returns the models for which the scopes have `name`, or "all". */
export function modelsWithScope(scopes: readonly string[], name: ScopeName): "all" | readonly string[] {
  if (hasScope(scopes, name)) return "all";
  const models = scopes.flatMap((scope) => partsOf(scope)[1] ?? []);
  return [...new Set(models)].filter((model) => hasScope(scopes, name, model));
}

/** A scope for what cannot be the name of a model has no name: it allows nothing. */
function partsOf(scope: string): readonly [name: string, model: string | undefined] {
  const at = scope.indexOf("@");
  if (at < 0) return [scope, undefined];
  const model = scope.slice(at + 1);
  return isName("model", model) ? [scope.slice(0, at), model] : ["", undefined];
}
