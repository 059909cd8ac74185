// Who may call which method. A new method of the seam does not compile without a rule.
import type { ModelService } from "../contract/model-service.ts";
import type { ModelScopeName } from "./scopes.ts";

/** What a method of `ModelService` asks of its caller. */
export type AccessRule = OpenRule | ServiceRule | ModelRule | RunRule;

/** The method can be called without authentication. */
export interface OpenRule {
  readonly on: "nothing";
}

/** Any scope is enough, but not that of a grant. The result has only the models for which the caller has one. */
export interface ServiceRule {
  readonly on: "service";
}

/**
 * The first argument is the name of a model. A model for which the caller has no scope is `not_found`; a missing scope is
 * `permission_denied`.
 */
export interface ModelRule {
  readonly on: "model";
  /** For this model. "any": any scope. */
  readonly needs: ModelScopeName | "any";
}

/**
 * The method is about runs: its first argument is the id of one, or it lists them. A run that the caller may not read is
 * `not_found`, or is not in the list; a run that may be read but not changed is `permission_denied`.
 */
export interface RunRule {
  readonly on: "run" | "runs";
  /** For the model of the caller's own run. */
  readonly own: ModelScopeName;
  /** For the model of a run of another caller, or of nobody. */
  readonly others: ModelScopeName;
  /** The grant for the run is enough, too. */
  readonly withGrant: boolean;
}

const reads = { on: "run", own: "read", others: "read:all", withGrant: true } as const;
const changes = { on: "run", own: "train", others: "admin", withGrant: false } as const;

export const accessRules = {
  /** Its reasons are only for `admin`. */
  status: { on: "nothing" },
  /** Workers, memory, store, watchers and reasons are only for `admin`; the counts of runs for `read:all`. */
  stats: { on: "service" },
  models: { on: "service" },
  describe: { on: "model", needs: "any" },
  predict: { on: "model", needs: "predict" },
  predictStream: { on: "model", needs: "predict" },
  /** The id of another's run is `already_exists`. */
  train: { on: "model", needs: "train" },
  run: reads,
  runs: { ...reads, on: "runs", withGrant: false },
  watch: reads,
  metrics: reads,
  artifact: reads,
  /** A grant makes no further grants: it would never expire. */
  grant: { ...reads, withGrant: false },
  cancel: changes,
  remove: changes,
  versions: { on: "model", needs: "read" },
  serveVersion: { on: "model", needs: "admin" },
  removeVersion: { on: "model", needs: "admin" },
} as const satisfies { readonly [M in keyof ModelService]: AccessRule };

type MethodOn<On extends AccessRule["on"]> = {
  [M in keyof typeof accessRules]: (typeof accessRules)[M] extends { readonly on: On } ? M : never;
}[keyof typeof accessRules];

export type ModelMethod = MethodOn<"model">;
export type RunMethod = MethodOn<"run">;
