// A model as its caller sees it, with the types that its author wrote: no code is generated.
import type { Input, ResponseOf } from "./field.ts";
import type { JsonValue } from "./json.ts";
import type { ModelFile } from "./model-file.ts";
import type { CallOptions, ModelDescription, ModelService } from "./model-service.ts";
import type { Run, RunEvent } from "./run.ts";

type NoFields = Readonly<Record<never, never>>;
type FieldsOf<M, K> = K extends keyof M ? (Exclude<M[K], undefined> extends () => infer F ? F : NoFields) : NoFields;
type InputOf<M, K> = unknown extends M ? Readonly<Record<string, unknown>> : Input<FieldsOf<M, K>>;

/** What a caller passes to `predict` of `M`; `unknown` stands for a model of which nothing is known. */
export type PredictInput<M> = InputOf<M, "getPredictArgs">;
/** What a caller passes to `train` of `M`. */
export type TrainInput<M> = InputOf<M, "getTrainArgs">;

type SchemaOf<M> = M extends { readonly schema?: infer S } ? Exclude<S, null | undefined> : never;
type GivenBy<M> = M extends { predict(...args: never[]): infer R } ? Awaited<R> : unknown;
type Carried<R> = R extends Uint8Array | Blob | ReadableStream | ModelFile
  ? ModelFile
  : [R] extends [JsonValue]
    ? R
    : JsonValue | ModelFile;

/** What `predict` of `M` answers: its `schema`'s type; without a schema what the method gives, if JSON can carry it. */
export type PredictResult<M> =
  unknown extends SchemaOf<M>
    ? Carried<GivenBy<M>>
    : [SchemaOf<M>] extends [never]
      ? Carried<GivenBy<M>>
      : ResponseOf<SchemaOf<M>>;

/** The arguments may be left out where every one of them may. */
type CallParameters<I, O> = Partial<I> extends I ? [args?: I, options?: O] : [args: I, options?: O];
type Loose<O> = readonly [args?: unknown, options?: O];

type TrainOptions = CallOptions & { readonly runId?: string };
type WatchOptions = CallOptions & { readonly after?: number };

/** One model of a service. Rejects as `ModelService` does. */
export interface TypedModel<M> {
  /** The name that it is served under. */
  readonly name: string;
  describe(options?: CallOptions): Promise<ModelDescription>;
  predict(...call: CallParameters<PredictInput<M>, CallOptions>): Promise<PredictResult<M>>;
  predictStream(...call: CallParameters<PredictInput<M>, CallOptions>): AsyncIterable<JsonValue>;
  /** Starts a training; `watch` follows it. Idempotent by `runId`. */
  train(...call: CallParameters<TrainInput<M>, TrainOptions>): Promise<Run>;
  /** The log of a run from the event after `after`, until its last one. */
  watch(runId: string, options?: WatchOptions): AsyncIterable<RunEvent>;
}

/** `service`'s model `name` with the types of `M`. They are trusted: the service validates what is really sent. */
export function typedModel<M>(service: ModelService, name: string): TypedModel<M> {
  return {
    name,
    describe: (options) => service.describe(name, options),
    predict: (...[args, options]: Loose<CallOptions>) =>
      service.predict(name, args ?? {}, options) as Promise<PredictResult<M>>,
    predictStream: (...[args, options]: Loose<CallOptions>) => service.predictStream(name, args ?? {}, options),
    train: (...[args, options]: Loose<TrainOptions>) => service.train(name, args ?? {}, options),
    watch: (runId, options) => service.watch(runId, options),
  };
}
