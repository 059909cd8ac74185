// The options of `createHost`. An unknown option is an error.

import { isObject, withoutUndefined } from "../contract/json.ts";
import type { Logger } from "../contract/logger.ts";
import type { Model, SoundModel } from "../contract/model.ts";
import { isName, nameRules } from "../contract/names.ts";
import { isPromotionRule, promotionRules, rejectUnknownOptions } from "../contract/options.ts";
import type { PromotionRule } from "../contract/weights.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Executor } from "../ports/executor.ts";
import type { HostObserver, ModelObserver } from "../ports/observer.ts";
import type { RunEngine } from "../ports/run-engine.ts";
import type { RunStore } from "../ports/run-store.ts";
import type { HostNode } from "../runs/run-manager.ts";
import type { UnknownArgs } from "../schema/args-validator.ts";

/** Admission of calls to one model. */
export interface ModelLimits {
  /** Executions at the same time. Default: the slots of the executor; 1 for an inline model with `predictBatch`. */
  readonly concurrency?: number;
  /** Calls that may wait. Further calls reject `overloaded` with `retryAfterMs`. Default 1,000. */
  readonly queue?: number;
  /** Largest batch for `predictBatch`. Default 32. */
  readonly maxBatch?: number;
  /** Timeout of calls without `timeoutMs`, in milliseconds; then `deadline_exceeded`. Default 0: no timeout. */
  readonly predictTimeoutMs?: number;
}

export interface HostLimits extends ModelLimits {
  /** Limits of single models, by name. They override the limits for all models. */
  readonly models?: Readonly<Record<string, ModelLimits>>;
  /** Queued runs of all models. Further trainings reject `overloaded`. Default 1,000. */
  readonly queuedRuns?: number;
  /** Queued runs of one caller, of all models. Further trainings of this caller reject `rate_limited`. Default: no limit. */
  readonly queuedRunsPerCaller?: number;
  /**
   * Bytes of all runs of one caller: their files and, in a store on disk, their logs. Further trainings of this caller reject
   * `rate_limited`. Default: no limit.
   */
  readonly bytesPerCaller?: number;
  /** Ended runs that are kept. The oldest of the others are removed with their files. Default 1,000. */
  readonly keepRuns?: number;
  /** Days that a run is kept after its end, more than 0. Default: no limit. */
  readonly keepDays?: number;
  /**
   * Bytes of all ended runs: their files and, in a store on disk, their logs. The run that ended last is always kept.
   * Default: no limit.
   */
  readonly maxBytes?: number;
  /** Weights versions to keep of each model, besides the served one and the one served before. Default 20. */
  readonly keepVersions?: number;
  /** Time for a training to stop after a cancel or a shutdown, in milliseconds. Default 10,000. */
  readonly graceMs?: number;
  /**
   * Time to retry what the store does not keep, in milliseconds, while the training goes on; then it is stopped, and goes on
   * from its last checkpoint when the store keeps data again. Default 30,000.
   */
  readonly storePatienceMs?: number;
  /** Time that `close` waits for predicts, in milliseconds. Default 30,000. */
  readonly drainMs?: number;
}

export interface HostOptions<M extends Models = Models> {
  /** Models by name, 1-64 of `A-Z a-z 0-9 . _ -`. Either this or `executor` is required. */
  readonly models?: M & { readonly [K in keyof M]: SoundModel<M[K]> };
  /** Runs the model code, for example `workers()`. Default: inline, in this process. */
  readonly executor?: Executor;
  /** Decides which process handles which run. Default: this process, `executor.slots.train` at the same time. */
  readonly engine?: RunEngine;
  /** Stores runs and their logs. Default: in memory. */
  readonly store?: RunStore;
  /** Stores the files of runs. Default: in memory. */
  readonly blobs?: BlobStore;
  /** Makes this host one of several nodes. Its store, engine and blobs must be ones that can be shared. Default: it is alone. */
  readonly node?: HostNode;
  readonly limits?: HostLimits;
  /**
   * A rule that a new version of the weights must meet besides that of its model: it can only be stricter. Default "always":
   * the rule of the model decides alone.
   */
  readonly promote?: PromotionRule;
  /** Arguments that no field declares are dropped or rejected. Default "drop", as in the Python server. */
  readonly unknownArgs?: UnknownArgs;
  /** Default: `consoleLogger`, warnings and errors to stderr. */
  readonly logger?: Logger;
  /** Hooks for metrics and traces. Default: none. */
  readonly observer?: HostObserver | readonly HostObserver[];
  /** Hooks around the methods of `models`. An executor that was given has an option of its own. Default: none. */
  readonly modelObserver?: ModelObserver;
}

export type Models = Readonly<Record<string, Model>>;

export const defaultModelLimits = { queue: 1_000, maxBatch: 32, predictTimeoutMs: 0 } as const satisfies ModelLimits;

export const defaultHostLimits = {
  ...defaultModelLimits,
  queuedRuns: 1_000,
  keepRuns: 1_000,
  keepVersions: 20,
  graceMs: 10_000,
  storePatienceMs: 30_000,
  drainMs: 30_000,
} as const satisfies HostLimits;

const optionNames: Record<keyof HostOptions, true> = {
  models: true,
  executor: true,
  engine: true,
  store: true,
  blobs: true,
  node: true,
  limits: true,
  promote: true,
  unknownArgs: true,
  logger: true,
  observer: true,
  modelObserver: true,
};

const modelLimitNames = { concurrency: 1, queue: 0, maxBatch: 1, predictTimeoutMs: 0 };
const hostLimitNames = {
  ...modelLimitNames,
  models: 0,
  queuedRuns: 0,
  queuedRunsPerCaller: 0,
  bytesPerCaller: 0,
  keepRuns: 1,
  keepVersions: 1,
  keepDays: 0,
  maxBytes: 0,
  graceMs: 0,
  storePatienceMs: 0,
  drainMs: 0,
};

export type CheckedLimits = HostLimits & typeof defaultHostLimits;

/** Throws a TypeError that names the faulty option. */
export function checkHostOptions(options: HostOptions): CheckedLimits {
  if (!isObject(options as unknown)) {
    throw new TypeError(
      "createHost: the options are missing, such as createHost({ models: { digits: new Digits() } }).",
    );
  }
  rejectUnknownOptions("createHost", options, optionNames);
  const { models, executor, modelObserver, unknownArgs, promote, store, limits = {} } = options;
  if ((models === undefined) === (executor === undefined))
    throw new TypeError("createHost: either models or executor is required.");
  if (executor && modelObserver) throw new TypeError("createHost: modelObserver is for models, not for an executor.");
  const given: unknown = models;
  if (given !== undefined && (!isObject(given) || given instanceof Promise)) {
    throw new TypeError("createHost: models must be an object of names and models, such as { digits: new Digits() }.");
  }
  if (unknownArgs !== undefined && unknownArgs !== "drop" && unknownArgs !== "reject") {
    throw new TypeError('createHost: unknownArgs must be "drop" or "reject".');
  }
  if (promote !== undefined && !isPromotionRule(promote)) throw new TypeError(`createHost: promote ${promotionRules}.`);
  checkNode(options);
  const { models: ofModels = {}, ...ofAll } = limits;
  checkLimits("limits", ofAll, hostLimitNames);
  for (const name of ["queuedRunsPerCaller", "bytesPerCaller"] as const) {
    if (limits[name] !== undefined && store && !store.usage)
      throw new TypeError(`createHost: limits.${name} needs a store with the method usage.`);
  }
  for (const [name, one] of Object.entries(ofModels)) checkLimits(`limits.models.${name}`, one, modelLimitNames);
  for (const name of Object.keys(models ?? {})) {
    if (!isName("model", name))
      throw new TypeError(`createHost: a model's name must be ${nameRules.model}, not ${JSON.stringify(name)}.`);
  }
  return { ...defaultHostLimits, ...withoutUndefined(limits) } as CheckedLimits;
}

function checkNode({ node, store, engine, blobs }: HostOptions): void {
  if (node === undefined) return;
  rejectUnknownOptions("createHost: node", node, { id: true, labels: true, trains: true });
  const { id, labels = [], trains = true } = node;
  if (typeof trains !== "boolean") throw new TypeError("createHost: node.trains must be true or false.");
  if (typeof id !== "string" || !isName("model", id)) {
    throw new TypeError(`createHost: node.id must be ${nameRules.model}, not ${JSON.stringify(id)}.`);
  }
  if (!Array.isArray(labels) || !labels.every((one) => typeof one === "string" && isName("model", one))) {
    throw new TypeError(`createHost: node.labels must be a list of names of ${nameRules.model}.`);
  }
  if (!store?.lead) throw new TypeError("createHost: node needs a store that can be shared.");
  if (!engine?.knows || engine.leaseMs === undefined)
    throw new TypeError("createHost: node needs an engine that can be shared.");
  if (!blobs) throw new TypeError("createHost: node needs blobs that can be shared.");
}

/** Returns the limits of one model: its own, else those for all models. */
export function limitsOf(model: string, limits: CheckedLimits): ModelLimits & typeof defaultModelLimits {
  return { ...limits, ...withoutUndefined(limits.models?.[model] ?? {}) } as CheckedLimits;
}

function checkLimits(where: string, limits: object, least: Readonly<Record<string, number>>): void {
  rejectUnknownOptions(`createHost: ${where}`, limits, least);
  for (const [name, value] of Object.entries(limits)) {
    // A run must outlive its end long enough for watchers to read its last event.
    if (name === "keepDays" && value === 0) throw new TypeError(`createHost: ${where}.keepDays must be more than 0.`);
    if (value !== undefined && !(typeof value === "number" && value >= (least[name] as number))) {
      throw new TypeError(
        `createHost: ${where}.${name} must be a number of at least ${least[name]}, not ${String(value)}.`,
      );
    }
  }
}
