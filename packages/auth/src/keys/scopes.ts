// The scopes of a key or a group, as they are written in files and options.
import { invalidArgs, isName, scopeNames } from "@deepaas/core";

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
        `There is no scope ${JSON.stringify(scope)}. The scopes are ${scopeNames.join(", ")}, each also for one model: predict@NAME.`,
      );
    }
  }
  return scopes as string[];
}

function isScope(scope: unknown): boolean {
  if (typeof scope !== "string") return false;
  const at = scope.indexOf("@");
  const name = at === -1 ? scope : scope.slice(0, at);
  return (scopeNames as readonly string[]).includes(name) && (at === -1 || isName("model", scope.slice(at + 1)));
}
