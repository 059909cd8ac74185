// A misspelled option must not be ignored silently: every function with options calls this first.
import { invalidArgs, pointerStep } from "./error.ts";
import { isObject } from "./json.ts";
import type { PromotionRule } from "./weights.ts";

/** Throws a TypeError if `options` has a member that `known` does not have. The values of `known` do not matter. */
export function rejectUnknownOptions(where: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    throw new TypeError(
      `${where}: there is no option ${JSON.stringify(name)}. The options are ${Object.keys(known).join(", ")}.`,
    );
  }
}

/** Throws a TypeError if `service` is not what `createHost` resolves with, or another `ModelService`. */
export function rejectNoService(where: string, service: unknown): void {
  const methods = [
    "models",
    "describe",
    "predict",
    "predictStream",
    "train",
    "run",
    "runs",
    "watch",
    "metrics",
    "artifact",
    "status",
    "versions",
  ];
  if (isObject(service) && methods.some((name) => typeof service[name] === "function")) return;
  const isPromise = isObject(service) && typeof service.then === "function";
  throw new TypeError(
    `${where}: ${isPromise ? "the host is a promise: await createHost({ … })" : "the first argument must be a host, which createHost({ … }) returns"}.`,
  );
}

/** Throws `invalid_args` unless `options` are those of a training's `publish`. */
export function checkPublishOptions(options: unknown): void {
  checkRuleOptions("publish", options, ["promote"]);
}

/** Throws `invalid_args` unless `options` are those of `addVersion`. */
export function checkAddVersionOptions(options: unknown): void {
  const { metrics = {} } = checkRuleOptions("addVersion", options, ["promote", "metrics"]);
  if (!isObject(metrics)) throw invalidArgs("/metrics", "type", "addVersion: metrics must be an object.");
  for (const [name, value] of Object.entries(metrics)) {
    if (!Number.isFinite(value))
      throw invalidArgs(`/metrics${pointerStep(name)}`, "type", "addVersion: a metric must be a finite number.");
  }
}

function checkRuleOptions(method: string, options: unknown, known: readonly string[]): Record<string, unknown> {
  if (!isObject(options)) throw invalidArgs("", "type", `The options of ${method} must be an object.`);
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown !== undefined)
    throw invalidArgs(pointerStep(unknown), "unknown", `${method}: unknown option ${JSON.stringify(unknown)}.`);
  if (options.promote !== undefined && !isPromotionRule(options.promote))
    throw invalidArgs("/promote", "type", `${method}: promote ${promotionRules}.`);
  return options;
}

/** What a promotion rule is, for an error. */
export const promotionRules = 'must be "always", "ask" or { metric, better: "higher" | "lower" }';

export function isPromotionRule(rule: unknown): rule is PromotionRule {
  if (rule === "always" || rule === "ask") return true;
  if (!isObject(rule) || Object.keys(rule).length !== 2) return false;
  const { metric, better } = rule;
  return typeof metric === "string" && metric !== "" && (better === "higher" || better === "lower");
}
