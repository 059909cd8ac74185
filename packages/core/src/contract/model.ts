// The contract: what an author writes. Names and meaning follow DEEPaaS's BaseModel (https://deepaas.readthedocs.org/), in
// camelCase. Every member is optional.
import type { Args, Fields, ResponseOf, ResponseSchema } from "./field.ts";
import type { JsonValue } from "./json.ts";
import type { FileSource, ModelFile } from "./model-file.ts";
import type { CallerId } from "./model-service.ts";
import type { LogLevel } from "./run.ts";
import type { PromotionRule } from "./weights.ts";

export interface WarmContext {
  /** The weights of the served version. Undefined: load the shipped weights. */
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
  /** May contain NaN and the infinities. */
  readonly metrics?: Readonly<Record<string, number>>;
  readonly message?: string;
}

export interface TrainContext {
  readonly runId: string;
  /** The caller who started the run. Undefined if the caller was not authenticated. */
  readonly caller: CallerId | undefined;
  /** The number of the attempt, from 1. */
  readonly attempt: number;
  /** Aborted by a cancel or a shutdown: throw its reason to stop. */
  readonly signal: AbortSignal;
  /** The last checkpoint of an earlier attempt. Undefined: start from the beginning. */
  readonly resumeFrom: Checkpoint | undefined;
  /** Live to every watcher. Returns at once, never throws; reports beyond 256 a tick are merged. */
  report(progress: Progress): void;
  /** A line in the run's log. Default level: info. Never throws. */
  log(text: string, level?: LogLevel): void;
  /** Durable when it resolves. The next attempt gets the last one as `resumeFrom`. */
  checkpoint(checkpoint: {
    readonly step: number;
    readonly data?: JsonValue;
    readonly file?: FileSource;
  }): Promise<void>;
  /** A file of the run, named with 1-128 of `A-Z a-z 0-9 . _ -`. The same name replaces it. */
  artifact(name: string, file: FileSource, options?: { readonly contentType?: string }): Promise<void>;
  /**
   * Weights that become the next version of the model when the run has succeeded; only the last ones do. Whether that
   * version is served is decided then. An unknown option rejects `invalid_args`.
   */
  publish(file: FileSource, options?: PublishOptions): Promise<void>;
}

export interface PublishOptions {
  /** Replaces the model's own `promote` for these weights. */
  readonly promote?: PromotionRule;
}

export type Awaitable<T> = T | Promise<T>;

/**
 * Anything with these members is a model: an object, an instance of a class, or a module. A missing `predict` or `train`
 * answers `not_implemented`.
 */
export interface Model {
  /** Schema of the result of `predict`. Null or absent: not validated. */
  readonly schema?: ResponseSchema | null;
  /** "never": a run whose worker or server died fails instead of going on as another attempt. Default "auto". */
  readonly resume?: "auto" | "never";
  /** Labels that a node must have to train the model, such as `["gpu"]`; each 1-64 of `A-Z a-z 0-9 . _ -`. Default: none. */
  readonly needs?: readonly string[];
  /** Whether weights that a run has published are served. The host may be stricter. Default "always". */
  readonly promote?: PromotionRule;
  /** The metrics of the shipped weights, for the comparison with those of a run. Default: none. */
  readonly shippedMetrics?: Readonly<Record<string, number>>;
  /** `id, name, description, license, author, version, url, links`, and any further members. */
  getMetadata?(): object | null | Promise<object | null>;
  getPredictArgs?(): Fields;
  getTrainArgs?(): Fields;
  /** Loads the weights, before anything is served. Importing the module itself must be cheap. */
  warm?(context: WarmContext): Awaitable<void>;
  /** Returns JSON; or text, bytes, a stream or a `ModelFile` for other media types. */
  predict?(args: never, call: PredictContext): unknown;
  /**
   * As `predict` for several calls: returns one result for each, in order. An Error as a result fails its call alone. If it
   * throws, each call is retried alone, once.
   */
  predictBatch?(argsList: never, call: PredictBatchContext): Awaitable<readonly unknown[]>;
  /** Yields the items of the result. */
  predictStream?(args: never, call: PredictContext): AsyncIterable<unknown>;
  /** Returns any JSON value. */
  train?(args: never, run: TrainContext): unknown;
  /**
   * Replaces the weights while serving, after the last call that uses the previous ones. Undefined: the shipped weights.
   * If it throws, the previous weights must still be in place. Without it `warm` is called again.
   */
  reload?(published: ModelFile | undefined): Awaitable<void>;
  /** Called once, after the last call. */
  close?(): Awaitable<void>;
}

/** A class to extend. It adds only the names and types of the members. */
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

/** Returns the model itself, with the arguments of its methods inferred from its fields. */
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

/** A field of unknown type fits every argument. */
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

// A result of type unknown is checked at run time only.
type SoundResult<M> = M extends { readonly schema?: infer R; predict?: (...args: never[]) => infer O }
  ? "schema" extends keyof M
    ? [Awaited<O>] extends [ResponseOf<Exclude<R, undefined>> | ModelFile | Uint8Array | Blob | ReadableStream]
      ? unknown
      : unknown extends Awaited<O>
        ? unknown
        : { readonly "predict: the result does not match schema": ResponseOf<Exclude<R, undefined>> }
    : unknown
  : unknown;

/** `unknown` for a model whose methods fit its fields, else a type that names the faulty field. */
export type SoundModel<M> = SoundArgs<M, "predict", FieldsOf<M, "getPredictArgs">> &
  SoundArgs<M, "predictStream", FieldsOf<M, "getPredictArgs">> &
  SoundArgs<M, "train", FieldsOf<M, "getTrainArgs">> &
  SoundResult<M>;
