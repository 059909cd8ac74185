// A model as its caller sees it, with the types that its author wrote: no code is generated.
import type { Input, ResponseOf } from "./field.ts";
import type { Model } from "./model.ts";
import type { CallOptions, ModelDescription, ModelService } from "./model-service.ts";
import type { Run } from "./run.ts";

type FieldsOf<M, K extends "getPredictArgs" | "getTrainArgs"> = M extends { [key in K]?: () => infer F } ? F : never;
type InputOf<F> = [F] extends [never] ? Readonly<Record<string, unknown>> : Input<F>;
type SchemaOf<M> = M extends { readonly schema?: infer R } ? Exclude<R, undefined> : null;

/** What `predict` of this model takes: whatever has a default may be left out, a file is a `Blob` or bytes. */
export type PredictInput<M> = InputOf<FieldsOf<M, "getPredictArgs">>;
export type TrainInput<M> = InputOf<FieldsOf<M, "getTrainArgs">>;
/** What it answers: its `schema`'s type, else what the method itself returns. */
export type PredictResult<M> =
  unknown extends ResponseOf<SchemaOf<M>>
    ? M extends { predict?: (...args: never[]) => infer O }
      ? Awaited<O>
      : unknown
    : ResponseOf<SchemaOf<M>>;

/** `{}` may be left out where nothing is required. */
type MaybeArgs<I, O> = Partial<I> extends I ? [args?: I, options?: O] : [args: I, options?: O];

export interface TypedModel<M> {
  describe(options?: CallOptions): Promise<ModelDescription>;
  predict(...args: MaybeArgs<PredictInput<M>, CallOptions>): Promise<PredictResult<M>>;
  predictStream(...args: MaybeArgs<PredictInput<M>, CallOptions>): AsyncIterable<unknown>;
  train(...args: MaybeArgs<TrainInput<M>, CallOptions & { readonly runId?: string }>): Promise<Run>;
}

/** `service`'s model `name` with the types of `M`. They are trusted: the service validates what is really sent. */
export function typedModel<M extends Model>(service: ModelService, name: string): TypedModel<M> {
  return {
    describe: (options) => service.describe(name, options),
    predict: (args?: unknown, options?: CallOptions) =>
      service.predict(name, args ?? {}, options) as Promise<PredictResult<M>>,
    predictStream: (args?: unknown, options?: CallOptions) => service.predictStream(name, args ?? {}, options),
    train: (args?: unknown, options?: CallOptions) => service.train(name, args ?? {}, options),
  };
}
