import type { ErrorData } from "../contract/error.ts";
import type { Checkpoint, PredictBatchContext, PredictContext, Progress, TrainContext } from "../contract/model.ts";
import type { ModelFile } from "../contract/model-file.ts";
import type { CallerId, ModelDescription } from "../contract/model-service.ts";
import type { ProgressFact } from "../contract/run.ts";
import type { ServiceStats } from "../contract/service-stats.ts";

/** An outcome crosses processes as data: an Error would lose its fields on the way. */
export type Outcome =
  | {
      readonly ok: true;
      readonly value: unknown;
      /** The number of the weights version that answered. Absent for a training. */
      readonly version?: number;
    }
  | {
      readonly ok: false;
      readonly error: ErrorData;
      readonly version?: number;
      /** What the model threw, for callers in this process. Not enumerable: it never leaves the process. */
      readonly cause?: unknown;
    };

/** Returns a failed outcome whose `cause` is not enumerable. */
export function failedOutcome(
  error: ErrorData,
  { cause, version }: { readonly cause: unknown; readonly version?: number },
): Outcome {
  const outcome = { ok: false, error, ...(version !== undefined && { version }) } as const;
  return Object.defineProperty(outcome, "cause", { value: cause });
}

/** What an executor knows about a call besides its arguments. `signal` is created on first use. */
export interface ExecutorCall extends PredictContext {
  /** W3C Trace Context, if the caller sent one. */
  readonly traceparent: string | undefined;
}

/** Several calls that are executed as one. `requestId` and `traceparent` are those of the first call. */
export interface ExecutorBatchCall extends PredictBatchContext {
  readonly traceparent: string | undefined;
}

export interface TrainJob {
  readonly runId: string;
  readonly model: string;
  readonly args: Readonly<Record<string, unknown>>;
  /** The owner of the run. */
  readonly caller: CallerId | undefined;
  readonly attempt: number;
  readonly resumeFrom: Checkpoint | undefined;
  /** W3C Trace Context of the attempt, if the run has one. */
  readonly traceparent: string | undefined;
}

/** Where a training's reports go, and what stops it. */
export type TrainCall = Pick<TrainContext, "signal" | "log" | "checkpoint" | "artifact" | "publish"> & {
  /** Metrics that are not finite may be in their wire form: "NaN", "Infinity", "-Infinity". */
  report(progress: Progress | ProgressFact): void;
  /** How long after the abort the work may go on before it is killed, where it can be. */
  readonly graceMs: number;
};

export interface PrepareOptions {
  /** Ends the wait: then the returned function does nothing. */
  readonly signal: AbortSignal;
  /** Called once if a worker has to be started first. It must not reject. */
  readonly onWait: () => Promise<void>;
}

/** A version of the weights that was published or added. */
export interface VersionFile {
  readonly version: number;
  readonly file: ModelFile;
}

export interface ExecutorStatus {
  readonly state: "warming" | "ready" | "degraded" | "closed";
  readonly reasons: readonly string[];
}

/** The processes of an executor. `lostWorkers` are those since `warm`. */
export type ExecutorStats = Pick<ServiceStats, "workers" | "lostWorkers">;

/** Runs predicts with one version of the models' code. */
export type Predictor = Pick<Executor, "slots" | "takesAhead" | "predict" | "predictBatch" | "predictStream">;

/** Code of the models that was loaded anew and is warm. The host calls either `commit` or `discard`, once. */
export interface LoadedCode {
  readonly descriptions: Readonly<Record<string, ModelDescription>>;
  /** Runs predicts with this code, as soon as it is committed. */
  readonly predictor: Predictor;
  /**
   * At once and without a way to fail: `train`, `prepareTrain`, `refresh` and `status` are about this code from now on. The
   * code before still gets predicts until `drained` resolves; then what runs it ends, except for its trainings.
   */
  commit(drained: Promise<void>): void;
  /** Resolves when nothing of this code is left. */
  discard(): Promise<void>;
}

/** Where model code runs: inline, in child processes, later in Python. */
export interface Executor {
  /** Models run in this very process: a death of the server may be their doing. Default false. */
  readonly inline?: boolean;
  /** Calls that can really run at once. */
  readonly slots: { readonly predict: number; readonly train: number };
  /**
   * True if a predict of this model may be started although all slots are in use: a worker holds it until the call before
   * it has ended. Default: never.
   */
  takesAhead?(model: string): boolean;
  /**
   * Rejects, naming the model, when one cannot be warmed; may then be called again. `weights`: the served version of each
   * model, undefined for the shipped one.
   */
  warm(options: {
    readonly signal: AbortSignal;
    readonly weights: (model: string) => Promise<VersionFile | undefined>;
  }): Promise<Readonly<Record<string, ModelDescription>>>;
  status(): ExecutorStatus;
  /** Asked with each `ModelService.stats`. Default: no workers. */
  stats?(): ExecutorStats;
  predict(model: string, args: Readonly<Record<string, unknown>>, call: ExecutorCall): Promise<Outcome>;
  /** One outcome for each of `argsList`, in order. */
  predictBatch(
    model: string,
    argsList: readonly Readonly<Record<string, unknown>>[],
    call: ExecutorBatchCall,
  ): Promise<readonly Outcome[]>;
  /** Ends after an outcome that is not `ok`. */
  predictStream(model: string, args: Readonly<Record<string, unknown>>, call: ExecutorCall): AsyncIterable<Outcome>;
  /**
   * Resolves when the training of this run can begin: its worker is ready, and held until the returned function is called.
   * Also resolves if no worker can be started: then `train` says why. Without this method trainings begin at once.
   */
  prepareTrain?(run: Pick<TrainJob, "runId" | "model">, options: PrepareOptions): Promise<() => void>;
  /** Settles only when the work has stopped. A worker that died is `worker_lost`. */
  train(job: TrainJob, call: TrainCall): Promise<Outcome>;
  /**
   * Loads these weights, or the shipped ones if undefined, in one worker that gets no calls meanwhile; then awaits `record`;
   * then changes the other workers. No call is dropped, and a call is answered by one version. Resolves when the previous
   * version answers no new call. Rejects if the weights cannot be loaded, or as `record` does: then nothing has changed.
   */
  refresh(model: string, weights: VersionFile | undefined, record?: () => Promise<void>): Promise<void>;
  /**
   * Loads the code of the models anew and warms it with the weights that are served, which do not change before `commit` or
   * `discard`; meanwhile the present code serves. The predicts of the executor itself stay those of the code that `warm`
   * loaded. Rejects, and leaves nothing behind, if it cannot be warmed or `signal` is aborted. A training that was prepared
   * and did not begin before `commit` begins with the new code. Without this method code cannot be loaded anew.
   */
  reloadCode?(options: { readonly signal: AbortSignal }): Promise<LoadedCode>;
  /** Ends what still runs with `unavailable`. */
  close(): Promise<void>;
}
