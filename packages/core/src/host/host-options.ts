// What `createHost` takes, checked once: an unknown option is an error.
import type { Logger } from "../logger.ts";
import type { Model, SoundModel } from "../model.ts";
import type { UnknownArgs } from "./args-validator.ts";
import type { BlobStore, Executor, RunEngine, RunStore } from "./ports.ts";

export interface HostLimits {
  /** Calls of one model that may be in progress, waiting or running; beyond it `overloaded`. Default 1,000. */
  readonly queue?: number;
  /** Trainings that may wait, all models together; beyond it `overloaded`. Default 1,000. */
  readonly queuedRuns?: number;
  /** For calls that bring none, in milliseconds. Default: none. */
  readonly predictTimeoutMs?: number;
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
}

export type Models = Readonly<Record<string, Model>>;

export const defaultHostLimits = {
  queue: 1_000,
  queuedRuns: 1_000,
  predictTimeoutMs: 0,
  graceMs: 10_000,
  drainMs: 30_000,
} as const satisfies Required<HostLimits>;

const optionNames: Record<keyof HostOptions, true> = {
  models: true,
  executor: true,
  engine: true,
  store: true,
  blobs: true,
  limits: true,
  unknownArgs: true,
  logger: true,
};

/** Throws a TypeError that names the option at fault. */
export function checkHostOptions(options: HostOptions): Required<HostLimits> {
  refuseUnknown("createHost", options, optionNames);
  const { models, executor, unknownArgs, limits = {} } = options;
  if ((models === undefined) === (executor === undefined)) throw new TypeError("createHost: give either models or executor.");
  if (unknownArgs !== undefined && unknownArgs !== "drop" && unknownArgs !== "reject") {
    throw new TypeError('createHost: unknownArgs is "drop" or "reject".');
  }
  refuseUnknown("createHost: limits", limits, defaultHostLimits);
  for (const [name, value] of Object.entries(limits)) {
    if (!Number.isFinite(value) || (value as number) < 0) {
      throw new TypeError(`createHost: limits.${name} is a number of at least 0, not ${String(value)}.`);
    }
  }
  for (const name of Object.keys(models ?? {})) {
    if (!isModelName(name)) throw new TypeError(`createHost: a model's name is 1-64 of A-Z a-z 0-9 . _ -, not ${JSON.stringify(name)}.`);
  }
  return { ...defaultHostLimits, ...limits };
}

/** 1-64 of `A-Z a-z 0-9 . _ -`; "." and ".." would vanish from a URL. */
export function isModelName(name: string): boolean {
  return /^(?!\.{1,2}$)[A-Za-z0-9._-]{1,64}$/.test(name);
}

function refuseUnknown(where: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(known, name)) {
      throw new TypeError(`${where}: there is no option ${JSON.stringify(name)}; there are ${Object.keys(known).join(", ")}.`);
    }
  }
}
