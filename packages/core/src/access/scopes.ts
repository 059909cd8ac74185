// Scopes: what a caller may do.
import { isName } from "../contract/names.ts";

/**
 * The names of scopes. `NAME` is for all models, `NAME@MODEL` for one, except for `metrics`.
 *
 * - `read`: the caller's own runs with their logs, metrics and files, and the versions of the weights.
 * - `read:all`: that, and the runs of others and of nobody.
 * - `predict`: predicts and streams.
 * - `train`: trainings, and ending and removing the caller's own ones. Includes `read`.
 * - `admin`: everything, also which version of the weights is served.
 * - `metrics`: the metrics of the server, for a program that collects them. It is for no model: its caller sees none.
 */
export const scopeNames = ["read", "read:all", "predict", "train", "admin", "metrics"] as const;

export type ScopeName = (typeof scopeNames)[number];

export type ModelScopeName = Exclude<ScopeName, "metrics">;

/** The scopes that are also there for one model. */
export const modelScopeNames: readonly ModelScopeName[] = scopeNames.filter((name) => name !== "metrics");

const included: ReadonlyMap<string, readonly ScopeName[]> = new Map<string, readonly ScopeName[]>([
  ["read", ["read"]],
  ["read:all", ["read:all", "read"]],
  ["predict", ["predict"]],
  ["train", ["train", "read"]],
  ["admin", scopeNames],
  ["metrics", ["metrics"]],
]);

const includedForModel: ReadonlyMap<string, readonly ScopeName[]> = new Map(
  modelScopeNames.map((name) => [name, modelScopeNames.filter((one) => included.get(name)?.includes(one))]),
);

/** Returns the scope of a grant. It allows to read one run, of any owner, and nothing else. */
export function grantScope(run: string): string {
  return `read#${run}`;
}

/** Hot path, as is `hasAnyScope`. Returns true if the scopes have `name`, or one that includes it, for the model. Without a model: for all models. */
export function hasScope(scopes: readonly string[], name: ScopeName, model?: string): boolean {
  for (const scope of scopes) if (namesFor(scope, model)?.includes(name)) return true;
  return false;
}

/** Returns true if the scopes have anything for the model: then its caller sees it. Without a model: for any model. */
export function hasAnyScope(scopes: readonly string[], model?: string): boolean {
  for (const scope of scopes) {
    if (scope !== "metrics" && namesFor(scope, model ?? modelOf(scope))) return true;
  }
  return false;
}

/** Returns the models for which the scopes have `name`, or "all". */
export function modelsWithScope(scopes: readonly string[], name: ScopeName): "all" | readonly string[] {
  if (hasScope(scopes, name)) return "all";
  const models = scopes.flatMap((scope) => modelOf(scope) ?? []);
  return [...new Set(models)].filter((model) => hasScope(scopes, name, model));
}

/** Hot path. Returns what the scope allows for the model; without a model, for all models. Undefined: nothing. */
function namesFor(scope: string, model: string | undefined): readonly ScopeName[] | undefined {
  const at = scope.indexOf("@");
  if (at < 0) return included.get(scope);
  return model !== undefined && scope.endsWith(model) && scope.length === at + 1 + model.length
    ? includedForModel.get(scope.slice(0, at))
    : undefined;
}

/** Returns the model of a scope for one. Undefined: it is for all, or for what cannot be the name of a model. */
function modelOf(scope: string): string | undefined {
  const at = scope.indexOf("@");
  const model = scope.slice(at + 1);
  return at >= 0 && isName("model", model) ? model : undefined;
}
