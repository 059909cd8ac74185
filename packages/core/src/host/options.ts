// What `createHost` takes, checked once: an unknown option is an error.

import { withoutUndefined } from "../contract/json.ts";
import type { Logger } from "../contract/logger.ts";
import type { Model, SoundModel } from "../contract/model.ts";
import { isName, nameRules } from "../contract/names.ts";
import { rejectUnknownOptions } from "../contract/options.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import type { Executor } from "../ports/executor.ts";
import type { HostObserver } from "../ports/observer.ts";
import type { RunEngine } from "../ports/run-engine.ts";
import type { RunStore } from "../ports/run-store.ts";
import type { UnknownArgs } from "../schema/args-validator.ts";

/** How the calls of one model are let in. */
export interface ModelLimits {
  /** Executions at once. Default: what the executor has slots for; 1 for a model with `predictBatch` run inline. */
  readonly concurrency?: number;
  /** Calls that may wait; beyond it `overloaded` with a delay computed from the queue. Default 1,000. */
  readonly queue?: number;
  /** Calls that `predictBatch` gets at once. Default 32. */
  readonly maxBatch?: number;
  /** For calls that bring none, in milliseconds; then `deadline_exceeded`. Default 0: none. */
  readonly predictTimeoutMs?: number;
}

export interface HostLimits extends ModelLimits {
  /** For single models, by name; what is not said here is as for all. */
  readonly models?: Readonly<Record<string, ModelLimits>>;
  /** Trainings that may wait, all models together; beyond it `overloaded`. Default 1,000. */
  readonly queuedRuns?: number;
  /** Ended runs that are kept; beyond it the oldest are removed, with their files. Default 1,000. */
  readonly keepRuns?: number;
  /** Days that a run is kept after its end. Default: no limit. */
  readonly keepDays?: number;
  /** What ended runs may hold together, in bytes: files and, where it lies on disk, log. The one that ended last stays. Default: no limit. */
  readonly maxBytes?: number;
  /** How long a cancelled or shut-down training may take to stop, in milliseconds. Default 10,000. */
  readonly graceMs?: number;
  /** How long `close` waits for predicts, in milliseconds. Default 30,000. */
  readonly drainMs?: number;
}

export interface HostOptions<M extends Models = Models> {
  /** Name to model. Names are 1-64 of `A-Z a-z 0-9 . _ -`. Give this or `executor`. */
  readonly models?: M & { readonly [K in keyof M]: SoundModel<M[K]> };
  /** Where model code runs. Default: inline, in this process. */
  readonly executor?: Executor;
  /** Default: this process runs every run, `executor.slots.train` at once. */
  readonly engine?: RunEngine;
  /** Where runs are kept. Default: in memory. */
  readonly store?: RunStore;
  /** Where the files of runs are kept. Default: in memory. */
  readonly blobs?: BlobStore;
  readonly limits?: HostLimits;
  /** What happens to arguments that no field declares. Default "drop", as the original does. */
  readonly unknownArgs?: UnknownArgs;
  /** Default: silent. */
  readonly logger?: Logger;
  /** Hooks around predicts, batches, runs and the queue. Default: none. */
  readonly observer?: HostObserver;
}

export type Models = Readonly<Record<string, Model>>;

export const defaultModelLimits = { queue: 1_000, maxBatch: 32, predictTimeoutMs: 0 } as const satisfies ModelLimits;

export const defaultHostLimits = {
  ...defaultModelLimits,
  queuedRuns: 1_000,
  keepRuns: 1_000,
  graceMs: 10_000,
  drainMs: 30_000,
} as const satisfies HostLimits;

const optionNames: Record<keyof HostOptions, true> = {
  models: true,
  executor: true,
  engine: true,
  store: true,
  blobs: true,
  limits: true,
  unknownArgs: true,
  logger: true,
  observer: true,
};

const modelLimitNames = { concurrency: 1, queue: 0, maxBatch: 1, predictTimeoutMs: 0 };
const hostLimitNames = {
  ...modelLimitNames,
  models: 0,
  queuedRuns: 0,
  keepRuns: 1,
  keepDays: 0,
  maxBytes: 0,
  graceMs: 0,
  drainMs: 0,
};

export type CheckedLimits = HostLimits & typeof defaultHostLimits;

/** Throws a TypeError that names the option at fault. */
export function checkHostOptions(options: HostOptions): CheckedLimits {
  rejectUnknownOptions("createHost", options, optionNames);
  const { models, executor, unknownArgs, limits = {} } = options;
  if ((models === undefined) === (executor === undefined))
    throw new TypeError("createHost: give either models or executor.");
  if (unknownArgs !== undefined && unknownArgs !== "drop" && unknownArgs !== "reject") {
    throw new TypeError('createHost: unknownArgs is "drop" or "reject".');
  }
  const { models: ofModels = {}, ...ofAll } = limits;
  checkLimits("limits", ofAll, hostLimitNames);
  for (const [name, one] of Object.entries(ofModels)) checkLimits(`limits.models.${name}`, one, modelLimitNames);
  for (const name of Object.keys(models ?? {})) {
    if (!isName("model", name))
      throw new TypeError(`createHost: a model's name is ${nameRules.model}, not ${JSON.stringify(name)}.`);
  }
  return { ...defaultHostLimits, ...withoutUndefined(limits) } as CheckedLimits;
}

/** The limits of one model, from what is said of it and of all. */
export function limitsOf(model: string, limits: CheckedLimits): ModelLimits & typeof defaultModelLimits {
  return { ...limits, ...withoutUndefined(limits.models?.[model] ?? {}) } as CheckedLimits;
}

function checkLimits(where: string, limits: object, least: Readonly<Record<string, number>>): void {
  rejectUnknownOptions(`createHost: ${where}`, limits, least);
  for (const [name, value] of Object.entries(limits)) {
    // A run that went as it ended would be gone before its watchers read the end.
    if (name === "keepDays" && value === 0) throw new TypeError(`createHost: ${where}.keepDays is more than 0.`);
    if (value !== undefined && !(typeof value === "number" && value >= (least[name] as number))) {
      throw new TypeError(`createHost: ${where}.${name} is a number of at least ${least[name]}, not ${String(value)}.`);
    }
  }
}
