import type { ErrorData } from "../contract/error.ts";
import type { Checkpoint, TrainContext } from "../contract/model.ts";
import type { ModelFile } from "../contract/model-file.ts";
import type { ModelDescription } from "../contract/model-service.ts";

/** An outcome crosses processes as data: an Error would lose its fields on the way. */
export type Outcome =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: ErrorData };

/** A call on its way into a model. The signal is made only when somebody asks for it. */
export interface ExecutorCall {
  readonly requestId: string;
  readonly signal: AbortSignal;
}

export interface TrainJob {
  readonly runId: string;
  readonly model: string;
  readonly args: Readonly<Record<string, unknown>>;
  readonly attempt: number;
  readonly resumeFrom: Checkpoint | undefined;
}

/** Where a training's reports go, and what stops it. */
export type TrainCall = Pick<TrainContext, "signal" | "report" | "log" | "checkpoint" | "artifact" | "publish"> & {
  /** How long after the abort the work may go on before it is killed, where it can be. */
  readonly graceMs: number;
};

export interface ExecutorStatus {
  readonly state: "warming" | "ready" | "degraded" | "closed";
  readonly reasons: readonly string[];
}

/** Where model code runs: inline, in child processes, later in Python. */
export interface Executor {
  /** Models run in this very process: a death of the server may be their doing. Default false. */
  readonly inline?: boolean;
  /** Calls that can really run at once. */
  readonly slots: { readonly predict: number; readonly train: number };
  /** Rejects, naming the model, when one cannot be warmed. `published`: the newest weights of each model that has some. */
  warm(options: {
    readonly signal: AbortSignal;
    readonly published: (model: string) => Promise<ModelFile | undefined>;
  }): Promise<Readonly<Record<string, ModelDescription>>>;
  status(): ExecutorStatus;
  predict(model: string, args: Readonly<Record<string, unknown>>, call: ExecutorCall): Promise<Outcome>;
  /** One outcome for each of `argsList`, in order. */
  predictBatch(
    model: string,
    argsList: readonly Readonly<Record<string, unknown>>[],
    call: ExecutorCall,
  ): Promise<readonly Outcome[]>;
  /** Ends after an outcome that is not `ok`. */
  predictStream(model: string, args: Readonly<Record<string, unknown>>, call: ExecutorCall): AsyncIterable<Outcome>;
  /** Settles only when the work has stopped. A worker that died is `worker_lost`. */
  train(job: TrainJob, call: TrainCall): Promise<Outcome>;
  /** New weights, one worker at a time, no call dropped. */
  refresh(model: string, published: ModelFile): Promise<void>;
  close(options?: { readonly drainMs?: number }): Promise<void>;
}
