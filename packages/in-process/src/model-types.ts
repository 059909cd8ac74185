// What the facade knows about a model from its type alone. `unknown` stands for a model of which nothing is known.
import type { Input, JsonValue, ModelFile, ResponseOf } from "@deepaas/core";

type NoFields = Readonly<Record<never, never>>;
type FieldsOf<M, K> = K extends keyof M ? (Exclude<M[K], undefined> extends () => infer F ? F : NoFields) : NoFields;

type InputOf<M, K> = unknown extends M ? Readonly<Record<string, unknown>> : Input<FieldsOf<M, K>>;

/** What a caller passes to `predict` of `M`. */
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
export type CallParameters<I, O> = Partial<I> extends I ? [args?: I, options?: O] : [args: I, options?: O];
