// The contract: what an author writes. Names and meaning are those of DEEPaaS's BaseModel
// (https://deepaas.readthedocs.org/), in camelCase; every member is optional.
import type { Args, Fields, ResponseOf, ResponseSchema } from "./field.ts";
import type { JsonValue } from "./json.ts";
import type { FileSource, ModelFile } from "./model-file.ts";
import type { CallerId } from "./model-service.ts";
import type { LogLevel } from "./run.ts";

export interface WarmContext {
  /** The newest weights that a training of this model published, or undefined: load the shipped ones. */
  readonly published: ModelFile | undefined;
  readonly signal: AbortSignal;
}

export interface PredictContext {
  readonly requestId: string;
  /** Aborted when the caller disconnects or cancels, or when the call's timeout passes. */
  readonly signal: AbortSignal;
  /** Undefined if the caller is not authenticated. */
  readonly caller: CallerId | undefined;
}

export interface PredictBatchContext extends Omit<PredictContext, "caller"> {
  /** The caller of each call, in the order of `argsList`. */
  readonly callers: readonly (CallerId | undefined)[];
}

export interface Checkpoint {
  readonly step: number;
  readonly data?: JsonValue;
  readonly file?: ModelFile;
}

export interface Progress {
  readonly step?: number;
  readonly total?: number;
  /** NaN and the infinities are fine. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly message?: string;
}

export interface TrainContext {
  readonly runId: string;
  /** The caller who started the run. Undefined if the caller was not authenticated. */
  readonly caller: CallerId | undefined;
  /** 1 for the first. */
  readonly attempt: number;
  /** Aborted when the run is cancelled or the server shuts down; throw its reason to stop. */
  readonly signal: AbortSignal;
  /** The last checkpoint of an earlier attempt, or undefined: start from nothing. */
  readonly resumeFrom: Checkpoint | undefined;
  /** Live to every watcher. Returns at once, never throws; reports beyond 256 a tick are merged. */
  report(progress: Progress): void;
  /** A line in the run's log. Default level: info. Never throws. */
  log(text: string, level?: LogLevel): void;
  /** Kept when it resolves; the next attempt finds it as `resumeFrom`. */
  checkpoint(checkpoint: {
    readonly step: number;
    readonly data?: JsonValue;
    readonly file?: FileSource;
  }): Promise<void>;
  /** A file beside the run, under a name of 1-128 of `A-Z a-z 0-9 . _ -`; the same name again replaces it. */
  artifact(name: string, file: FileSource, options?: { readonly contentType?: string }): Promise<void>;
  /** Weights that serve every predict once the run has succeeded. */
  publish(file: FileSource, options?: PublishOptions): Promise<void>;
}

/** `publish` has no options yet: an unknown one rejects `invalid_args`. */
export type PublishOptions = Readonly<Record<string, never>>;

export type Awaitable<T> = T | Promise<T>;

/**
 * Anything with these members is a model: an object, an instance of a class, the namespace of a module. A missing
 * `predict` or `train` answers `not_implemented`.
 */
export interface Model {
  /** What `predict` answers: validated when set. */
  readonly schema?: ResponseSchema | null;
  /** "never": a run whose worker or server died fails instead of going on as another attempt. Default "auto". */
  readonly resume?: "auto" | "never";
  /** `id, name, description, license, author, version, url, links`, and what else you like. */
  getMetadata?(): object | null | Promise<object | null>;
  getPredictArgs?(): Fields;
  getTrainArgs?(): Fields;
  /** Load the weights here: awaited before anything is served. Importing the module must be cheap. */
  warm?(context: WarmContext): Awaitable<void>;
  /** Plain data; or text, bytes, a stream or a `ModelFile` for other media types. */
  predict?(args: never, call: PredictContext): unknown;
  /**
   * As `predict` for several calls at once: one result for each, in order. An Error in a result's place fails that
   * call alone; after a throw each call is tried again by itself, once.
   */
  predictBatch?(argsList: never, call: PredictBatchContext): Awaitable<readonly unknown[]>;
  /** The answer in pieces, as they come. */
  predictStream?(args: never, call: PredictContext): AsyncIterable<unknown>;
  /** Gives any JSON value. */
  train?(args: never, run: TrainContext): unknown;
  /** Swaps the weights while serving. Without it `warm` is called again. */
  reload?(published: ModelFile): Awaitable<void>;
  /** Called once, after the last call. */
  close?(): Awaitable<void>;
}

/** A class to extend, for authors who like one: it adds nothing but the members' names and types. */
// biome-ignore lint/suspicious/noUnsafeDeclarationMerging: every member is optional, so none is missing from the class.
export abstract class BaseModel {}
export interface BaseModel extends Model {}

export interface ModelDefinition<P extends Fields, T extends Fields, R extends ResponseSchema | null>
  extends Omit<
    Model,
    "schema" | "getPredictArgs" | "getTrainArgs" | "predict" | "predictBatch" | "predictStream" | "train"
  > {
  readonly schema?: R;
  getPredictArgs?(): P;
  getTrainArgs?(): T;
  predict?(args: Args<P>, call: PredictContext): Awaitable<ResponseOf<R>>;
  predictBatch?(argsList: readonly Args<P>[], call: PredictBatchContext): Awaitable<readonly (ResponseOf<R> | Error)[]>;
  predictStream?(args: Args<P>, call: PredictContext): AsyncIterable<unknown>;
  train?(args: Args<T>, run: TrainContext): unknown;
}

/** Gives the model back, with the arguments of its methods inferred from its fields. */
export function defineModel<
  const P extends Fields = Record<never, never>,
  const T extends Fields = Record<never, never>,
  const R extends ResponseSchema | null = null,
>(model: ModelDefinition<P, T, R>): ModelDefinition<P, T, R> {
  return model;
}

type FieldsOf<M, K extends "getPredictArgs" | "getTrainArgs"> = M extends { [key in K]?: () => infer F }
  ? F
  : Record<never, never>;

/** A field that says nothing of its type fits every argument. */
type KnownArgs<F> = { [K in keyof Args<F>]: unknown extends Args<F>[K] ? never : Args<F>[K] };

type Undeclared<A, F> = Exclude<keyof A, keyof Args<F>>;

type SoundArgs<M, K extends "predict" | "predictStream" | "train", F> = M extends {
  [key in K]?: (args: infer A, ...rest: never[]) => unknown;
}
  ? [A] extends [never]
    ? unknown
    : [KnownArgs<F>] extends [A]
      ? unknown
      : [Undeclared<A, F>] extends [never]
        ? {
            readonly [key in `${K}: an argument has another type than its field`]: {
              [N in keyof A as N extends keyof Args<F> ? (Args<F>[N] extends A[N] ? never : N) : N]: A[N];
            };
          }
        : { readonly [key in `${K}: an argument without a field`]: Undeclared<A, F> }
  : unknown;

// A result of type unknown is checked when it is there.
type SoundResult<M> = M extends { readonly schema?: infer R; predict?: (...args: never[]) => infer O }
  ? "schema" extends keyof M
    ? [Awaited<O>] extends [ResponseOf<Exclude<R, undefined>> | ModelFile | Uint8Array | Blob | ReadableStream]
      ? unknown
      : unknown extends Awaited<O>
        ? unknown
        : { readonly "predict: the result does not match schema": ResponseOf<Exclude<R, undefined>> }
    : unknown
  : unknown;

/** `unknown` for a model whose methods agree with its fields; else a type that names the field at fault. */
export type SoundModel<M> = SoundArgs<M, "predict", FieldsOf<M, "getPredictArgs">> &
  SoundArgs<M, "predictStream", FieldsOf<M, "getPredictArgs">> &
  SoundArgs<M, "train", FieldsOf<M, "getTrainArgs">> &
  SoundResult<M>;
