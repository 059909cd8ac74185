// What `workers` takes, checked once: an unknown option is an error.
import { tmpdir } from "node:os";
import { basename } from "node:path";
import { isName, type Logger, silentLogger } from "@deepaas/core";

export interface WorkersOptions {
  /** Name to path of its module, absolute or relative to the working directory. Every worker has all of them. */
  readonly modules?: Readonly<Record<string, string>>;
  /** In place of `modules`: the path of one module, served under the name of its file. */
  readonly module?: string;
  /** Processes that answer predicts. Default 1. */
  readonly predict?: number;
  /** Processes that train, started when they are needed. Default 1. With `shared`: trainings at once. */
  readonly train?: number;
  /** Train in the processes that predict, which then hold the only copies (one GPU). Default false. */
  readonly shared?: boolean;
  /**
   * Predicts that one process gets at once. More than 1 is for models that wait for something else: what ends the
   * process ends all of them. Default 1.
   */
  readonly callsPerWorker?: number;
  /** How long a worker may take to import and warm its models, or to load new weights. Default 300,000. */
  readonly startMs?: number;
  /** How long a predict may go on after it was aborted, and a worker after it was told to close. Default 10,000. */
  readonly graceMs?: number;
  /** A training that reports nothing for so long is taken for dead. Default 0: never. */
  readonly stallMs?: number;
  /**
   * A worker that holds more memory is ended during a call or a training, which is then `worker_lost`; with none it gets no
   * further one, and is replaced. Looked at four times a second, also while the model blocks. Default 0: no limit.
   */
  readonly maxRssBytes?: number;
  /** After so many calls a worker is replaced. Default 0: no limit. */
  readonly maxCalls?: number;
  /** Before a worker is started again after its second death in a row; doubled with each. Default 100. */
  readonly backOffMs?: number;
  /** Default 10,000. */
  readonly maxBackOffMs?: number;
  /** Lines a worker may print in a second; further ones are counted. Default 200. */
  readonly maxLinesPerSecond?: number;
  /** For Node, before the script: `--max-old-space-size=4096`. Default none. */
  readonly nodeArgs?: readonly string[];
  /** Set beside the environment of this process. Default none. */
  readonly env?: Readonly<Record<string, string>>;
  /** Where the private folder for large files is made. Default: the system's. */
  readonly tempFolder?: string;
  /** Default: silent. */
  readonly logger?: Logger;
}

export const defaultWorkersOptions = {
  predict: 1,
  train: 1,
  shared: false,
  callsPerWorker: 1,
  startMs: 300_000,
  graceMs: 10_000,
  stallMs: 0,
  maxRssBytes: 0,
  maxCalls: 0,
  backOffMs: 100,
  maxBackOffMs: 10_000,
  maxLinesPerSecond: 200,
  nodeArgs: [],
  env: {},
} as const satisfies WorkersOptions;

/** The least that each may be. */
const numbers = {
  predict: 1,
  train: 1,
  callsPerWorker: 1,
  startMs: 1,
  graceMs: 0,
  stallMs: 0,
  maxRssBytes: 0,
  maxCalls: 0,
  backOffMs: 0,
  maxBackOffMs: 0,
  maxLinesPerSecond: 1,
} as const;
const others = ["modules", "module", "shared", "nodeArgs", "env", "tempFolder", "logger"];

export type WorkersSettings = Required<Omit<WorkersOptions, "module">>;

/** Throws a TypeError that names the option at fault. */
export function checkWorkersOptions(options: WorkersOptions): WorkersSettings {
  for (const [name, value] of Object.entries(options)) {
    const least = (numbers as Readonly<Record<string, number>>)[name];
    if (least === undefined && !others.includes(name)) {
      const known = [...Object.keys(numbers), ...others].toSorted().join(", ");
      throw new TypeError(`workers: there is no option ${JSON.stringify(name)}; there are ${known}.`);
    }
    if (least !== undefined && value !== undefined && !(Number.isInteger(value) && (value as number) >= least)) {
      throw new TypeError(`workers: ${name} is a whole number of at least ${least}, not ${String(value)}.`);
    }
  }
  const { module, modules = module === undefined ? {} : { [stem(module)]: module }, ...rest } = options;
  if ((module === undefined) === (options.modules === undefined) || Object.keys(modules).length === 0) {
    throw new TypeError("workers: give either module or modules.");
  }
  for (const [name, path] of Object.entries(modules)) {
    if (!isName("model", name))
      throw new TypeError(`workers: a model's name must be 1-64 of A-Z a-z 0-9 . _ -, not ${JSON.stringify(name)}.`);
    if (typeof path !== "string") throw new TypeError(`workers: modules.${name} is the path of a module.`);
  }
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { ...defaultWorkersOptions, tempFolder: tmpdir(), logger: silentLogger, ...given, modules: { ...modules } };
}

function stem(path: string): string {
  return basename(path).replace(/\.[^.]+$/, "");
}
