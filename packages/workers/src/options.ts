// The options of `workers`, checked once.
import { tmpdir } from "node:os";
import { basename, resolve } from "node:path";
import { consoleLogger, isName, type Logger, nameRules, rejectUnknownOptions, withoutUndefined } from "@deepaas/core";
import type { Program } from "./child.ts";
import { type NodeModule, nodeProgram, type PythonModule, pythonProgramOf } from "./programs.ts";
import { checkDevices, type SlotDevices, slotDevices } from "./slot-devices.ts";

export interface WorkersOptions {
  /**
   * Name to module: the path of one for Node.js, absolute or relative to the working directory, or a module with its runtime.
   * A worker loads all of the same program. Each program, such as Node.js or one Python, has its own workers.
   */
  readonly modules?: Readonly<Record<string, string | NodeModule | PythonModule>>;
  /** Instead of `modules`: the path of a single module, served under the name of its file. */
  readonly module?: string;
  /** Processes that answer predicts. Default 1. */
  readonly predict?: number;
  /** Processes that train, started on demand. Default 1. With `shared`: trainings at once. */
  readonly train?: number;
  /** Train in the processes that predict, so that there are no other copies of the models (one GPU). Default false. */
  readonly shared?: boolean;
  /**
   * Predicts that one process runs at once. More than 1 is for models that wait for something else; the calls of a process
   * that is lost are lost together. With 1, a process is handed quick predicts ahead (at most what it runs in 2 ms); if it is
   * lost, those that it had not begun run on another one. Default 1.
   */
  readonly callsPerWorker?: number;
  /** Time limit for a worker to import and warm its models, or to load new weights. Default 300,000. */
  readonly startMs?: number;
  /** How long an aborted predict may go on, and how long a worker may take to close, before it is killed. Default 10,000. */
  readonly graceMs?: number;
  /** A training that reports nothing for so long is lost: its worker is killed. Default 0: no limit. */
  readonly stallMs?: number;
  /**
   * Limit of a worker's memory (resident set size), measured four times a second, also while the model blocks. A worker
   * over the limit is killed during a call or a training, which is then `worker_lost`; between calls it is replaced.
   * Default 0: no limit.
   */
  readonly maxRssBytes?: number;
  /** A worker is replaced after so many calls. Default 0: no limit. */
  readonly maxCalls?: number;
  /** Delay before the restart that follows a second failure in a row; doubled with each further one. Default 100. */
  readonly backOffMs?: number;
  /** Upper limit of that delay. Default 10,000. */
  readonly maxBackOffMs?: number;
  /** Lines that a worker may print per second; further lines are dropped and counted. Default 200. */
  readonly maxLinesPerSecond?: number;
  /** Arguments of Node.js, for example `--max-old-space-size=4096`. Default none. */
  readonly nodeArgs?: readonly string[];
  /** Environment variables, added to those of this process. Default none. */
  readonly env?: Readonly<Record<string, string>>;
  /**
   * Each worker, of any runtime, sees one of these GPUs: its `CUDA_VISIBLE_DEVICES`, also instead of that in `env`. They are given
   * in turn, first to the workers that predict; a worker that is started again has the same. Default none: all see all GPUs.
   */
  readonly devices?: readonly string[];
  /** `files()` returns what the models were loaded from. Costs a little time for each module that is loaded. Default false. */
  readonly reportFiles?: boolean;
  /**
   * A module that every worker loads before the models, as a path, absolute or relative to the working directory, or as a
   * file URL. Its default export is a `ModelObserver`, with hooks around the methods of the models. Default none.
   */
  readonly observer?: string;
  /** Where the private folder for large files is created. Default: the temporary folder of the system. */
  readonly tempFolder?: string;
  /** Default: `consoleLogger` of `@deepaas/core`, warnings and errors to stderr. */
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
  devices: [],
  reportFiles: false,
} as const satisfies WorkersOptions;

const minimums = {
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
} as const satisfies WorkersOptions;

const optionNames = {
  ...minimums,
  modules: true,
  module: true,
  shared: true,
  nodeArgs: true,
  env: true,
  devices: true,
  reportFiles: true,
  observer: true,
  tempFolder: true,
  logger: true,
} satisfies Record<keyof WorkersOptions, unknown>;

/** Of the workers of one program. `observer`: absolute path or file URL. */
export type WorkersSettings = Required<
  Omit<WorkersOptions, "module" | "modules" | "observer" | "nodeArgs" | "env" | "devices">
> &
  Pick<WorkersOptions, "observer"> & {
    /** Name to module, as the program understands it. */
    readonly modules: Readonly<Record<string, string>>;
    readonly program: Program;
    readonly slotDevices: SlotDevices;
  };

/**
 * Returns the settings for each program. Throws a TypeError that names the option at fault, and `PythonNotFoundError` if there
 * is no Python.
 */
export function checkWorkersOptions(options: WorkersOptions): readonly WorkersSettings[] {
  rejectUnknownOptions("workers", options, optionNames);
  for (const [name, minimum] of Object.entries(minimums)) {
    const value = options[name as keyof typeof minimums];
    if (value === undefined || (Number.isInteger(value) && value >= minimum)) continue;
    throw new TypeError(`workers: ${name} must be an integer of at least ${minimum}, not ${String(value)}.`);
  }
  const { module: _module, modules: _modules, observer, ...rest } = options;
  const { nodeArgs, env, devices, ...common } = {
    ...defaultWorkersOptions,
    tempFolder: tmpdir(),
    logger: consoleLogger,
    ...withoutUndefined(rest),
  };
  checkDevices(devices);
  const checkedObserver = observer === undefined ? undefined : checkObserver(observer);
  const groups = new Map<string, Omit<WorkersSettings, "slotDevices">>();
  for (const [name, given] of Object.entries(checkModules(options))) {
    const isPython = typeof given !== "string" && given.runtime === "python";
    const program = isPython ? pythonProgramOf(given, env) : nodeProgram(nodeArgs, env);
    const module = typeof given === "string" ? given : given.module;
    const key = JSON.stringify(program);
    const modules = { ...groups.get(key)?.modules, [name]: isPython ? absoluteFile(module) : module };
    const observed = !isPython && checkedObserver !== undefined && { observer: checkedObserver };
    groups.set(key, { ...common, modules, program, ...observed });
  }
  return [...groups.values()].map((settings, i) => ({
    ...settings,
    slotDevices: slotDevices({ ...settings, devices }, i, groups.size),
  }));
}

/** The working directory of the worker may be another one. */
function absoluteFile(module: string): string {
  return module.endsWith(".py") ? resolve(module) : module;
}

function checkModules({ module, modules }: WorkersOptions): NonNullable<WorkersOptions["modules"]> {
  if (module !== undefined && modules !== undefined) throw new TypeError("workers: give either module or modules.");
  const paths = module === undefined ? { ...modules } : { [nameFrom(module)]: module };
  if (Object.keys(paths).length === 0) throw new TypeError("workers: give either module or modules.");
  for (const [name, path] of Object.entries(paths)) {
    if (!isName("model", name)) {
      throw new TypeError(`workers: a model's name must be ${nameRules.model}, not ${JSON.stringify(name)}.`);
    }
    if (typeof path !== "string") checkModule(name, path);
  }
  return paths;
}

function checkModule(name: string, given: NodeModule | PythonModule): void {
  const { runtime, module } = given ?? {};
  if (typeof module !== "string" || (runtime !== "node" && runtime !== "python")) {
    const form = '{ module, runtime: "node" } or { module, runtime: "python" }';
    throw new TypeError(`workers: modules.${name} must be the path of a module, ${form}.`);
  }
  const known = { module: true, runtime: true, ...(runtime === "python" && { python: true, cwd: true, env: true }) };
  rejectUnknownOptions(`workers: modules.${name}`, given, known);
}

function checkObserver(observer: unknown): string {
  if (typeof observer !== "string")
    throw new TypeError("workers: observer must be the path or the file URL of a module.");
  return observer.startsWith("file:") ? observer : resolve(observer);
}

/** The file name without its extension. */
function nameFrom(path: string): string {
  return basename(path).replace(/\.[^.]+$/, "");
}
