// What the table of rules means, written down once more: `withAccess` must agree.
import type { ErrorCode, ModelRule, ModelScopeName, RunRule } from "@deepaas/core";

/** The names of scopes that are enough where a scope is needed. */
const enough: Readonly<Record<ModelScopeName, readonly string[]>> = {
  read: ["read", "read:all", "train", "admin"],
  "read:all": ["read:all", "admin"],
  predict: ["predict", "admin"],
  train: ["train", "admin"],
  admin: ["admin"],
};

export interface Expected {
  /** Undefined: the call is allowed. */
  readonly code: ErrorCode | undefined;
  /** The scope that the error names. */
  readonly missing?: ModelScopeName;
}

const allowed: Expected = { code: undefined };
const notFound: Expected = { code: "not_found" };

/** Every scope for all models, for this one and for another one, and texts that are no scopes for a model. */
export function scopesToTry(model: string): readonly string[] {
  const names = Object.keys(enough);
  return [
    ...names.flatMap((name) => [name, `${name}@${model}`, `${name}@another`]),
    ...["", "write", "Admin", "admin ", `@${model}`, "read#", "read:all@", "*", `ADMIN@${model}`, `admin@${model}@x`],
    ...["metrics", `metrics@${model}`],
  ];
}

export function has(scope: string, name: ModelScopeName, model: string): boolean {
  return enough[name].some((one) => scope === one || scope === `${one}@${model}`);
}

export function sees(scope: string, model: string): boolean {
  return Object.keys(enough).some((name) => scope === name || scope === `${name}@${model}`);
}

export function expectedForModel(rule: ModelRule, scope: string, model: string): Expected {
  if (!sees(scope, model)) return notFound;
  if (rule.needs === "any" || has(scope, rule.needs, model)) return allowed;
  return { code: "permission_denied", missing: rule.needs };
}

export interface RunOf {
  readonly id: string;
  readonly model: string;
  readonly isOwn: boolean;
}

export function expectedForRun(rule: RunRule, scope: string, run: RunOf): Expected {
  const needs = run.isOwn ? rule.own : rule.others;
  const isGranted = scope === `read#${run.id}`;
  if (has(scope, needs, run.model) || (isGranted && rule.withGrant)) return allowed;
  const isVisible = run.isOwn ? sees(scope, run.model) : has(scope, "read:all", run.model);
  return isGranted || isVisible ? { code: "permission_denied", missing: needs } : notFound;
}
