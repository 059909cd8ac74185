// The scopes of a key or a group, as they are written in files and options.
import { invalidArgs, isName, modelScopeNames, scopeNames } from "@deepaas/core";

/** Throws `invalid_args` unless `scopes` is a list of scopes: `read`, or `read@digits` for one model. */
export function checkScopes(pointer: string, scopes: unknown): readonly string[] {
  if (!Array.isArray(scopes) || scopes.length === 0) {
    throw invalidArgs(pointer, "type", "The scopes must be a list with at least one.");
  }
  for (const [at, scope] of scopes.entries()) {
    if (!isScope(scope)) {
      throw invalidArgs(
        `${pointer}/${at}`,
        "enum",
        `There is no scope ${JSON.stringify(scope)}. The scopes are ${scopeNames.join(", ")}, each but metrics also for one model: predict@NAME.`,
      );
    }
  }
  return scopes as string[];
}

function isScope(scope: unknown): boolean {
  if (typeof scope !== "string") return false;
  const at = scope.indexOf("@");
  if (at === -1) return (scopeNames as readonly string[]).includes(scope);
  return (modelScopeNames as readonly string[]).includes(scope.slice(0, at)) && isName("model", scope.slice(at + 1));
}
