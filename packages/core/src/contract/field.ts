// Fields: the schema of one argument, in TypeBox or plain JSON Schema, and the types that follow from them.
import type { TSchema, TUnsafe } from "typebox";
import type { FileSource, ModelFile } from "./model-file.ts";
import type { StaticOf } from "./static-of.ts";
import { Type } from "./typebox.ts";

type JsonTypeName = "string" | "number" | "integer" | "boolean" | "object" | "array" | "null";

/**
 * A field in plain JSON Schema. A file is `{ type: "string", format: "binary" }`. It is optional with
 * `required: false` or a `default`, else required.
 */
export type PlainField = {
  readonly default?: unknown;
  readonly required?: boolean;
  readonly description?: string;
} & ( // Any string, so that an object written without `as const` is a field too; an unknown type is refused when the host starts.
  | { readonly type: JsonTypeName | (string & Record<never, never>) | readonly string[] }
  | { readonly enum: readonly unknown[] }
  | { readonly const: unknown }
  | { readonly anyOf: readonly unknown[] }
  | { readonly oneOf: readonly unknown[] }
  | { readonly allOf: readonly unknown[] }
  | { readonly $ref: string }
);

/** A field made with TypeBox. */
export type TypeBoxField = TSchema &
  ({ readonly "~kind": string } | { readonly "~unsafe": unknown } | { readonly "~refine": unknown });

export type Field = TypeBoxField | PlainField;
/** The arguments of `predict` or `train`: fields by name. */
export type Fields = Readonly<Record<string, Field>>;
/** Schema of the result of `predict`: a dictionary of fields, or one schema. Null or absent: not validated. */
export type ResponseSchema = Fields | Field;

/** Annotations for adapters and documents. */
export interface FieldOptions {
  readonly description?: string;
  readonly title?: string;
  /** Part of a REST request that carries the argument. Default: query, then form, then JSON body. */
  readonly location?: "query" | "form" | "json" | "headers" | "cookies";
  readonly [keyword: string]: unknown;
}

export type TFile = TUnsafe<ModelFile> & { readonly type: "string"; readonly format: "binary" };

/** A file. The model receives a `ModelFile`; a caller gives a `Blob`, bytes or a `ModelFile`. */
export function FileField(options: FieldOptions = {}): TFile {
  return Type.Unsafe<ModelFile>({ type: "string", format: "binary", ...options }) as TFile;
}

/** A string that is never logged or returned: runs show it masked, pages show a password input. */
export function SecretField(options: FieldOptions = {}) {
  return Type.String({ writeOnly: true, format: "password", ...options });
}

/** Returns a copy of `field` with a default: the author always receives a value, the caller may omit it. */
export function withDefault<S extends TypeBoxField, const D extends StaticOf<S>>(
  field: S,
  value: D,
): S & { readonly default: D } {
  const copy = Object.create(Object.getPrototypeOf(field) as object, Object.getOwnPropertyDescriptors(field)) as S;
  return Object.assign(copy, { default: value });
}

type Value<F> = F extends { readonly "~unsafe": infer T }
  ? T
  : F extends { readonly type: "string"; readonly format: "binary" }
    ? ModelFile
    : F extends TSchema
      ? StaticOf<F>
      : unknown;

type MayBeLeftOut<F> = F extends { readonly "~optional": true }
  ? true
  : F extends { readonly required: false }
    ? true
    : false;
type HasDefault<F> = F extends { readonly default: NonNullable<unknown> | null } ? true : false;

type OptionalForAuthor<F> = {
  [K in keyof F]: HasDefault<F[K]> extends true ? never : MayBeLeftOut<F[K]> extends true ? K : never;
}[keyof F];
type OptionalForCaller<F> = { [K in keyof F]: true extends HasDefault<F[K]> | MayBeLeftOut<F[K]> ? K : never }[keyof F];

type ValueInput<V> = V extends ModelFile
  ? FileSource
  : V extends readonly (infer I)[]
    ? I extends ModelFile
      ? readonly FileSource[]
      : V
    : V;

type Flat<T> = { [K in keyof T]: T[K] } & {};

/** The arguments that `predict` or `train` receives for these fields, with defaults filled in. */
export type Args<F> = Flat<
  { -readonly [K in Exclude<keyof F, OptionalForAuthor<F>>]: Value<F[K]> } & {
    -readonly [K in OptionalForAuthor<F>]?: Value<F[K]>;
  }
>;

/** The arguments that a caller passes for these fields. Fields with a default may be omitted; a file is a `FileSource`. */
export type Input<F> = Flat<
  { -readonly [K in Exclude<keyof F, OptionalForCaller<F>>]: ValueInput<Value<F[K]>> } & {
    -readonly [K in OptionalForCaller<F>]?: ValueInput<Value<F[K]>>;
  }
>;

type IsOneSchema<R> = R extends { readonly "~kind": string }
  ? true
  : R extends { readonly type: string }
    ? true
    : R extends
          | { readonly enum: readonly unknown[] }
          | { readonly anyOf: readonly unknown[] }
          | { readonly $ref: string }
      ? true
      : R extends { readonly const: string | number | boolean | null }
        ? true
        : false;

/** The result type of `predict`, inferred from the model's `schema`; `unknown` without a schema. */
export type ResponseOf<R> = [R] extends [null | undefined] ? unknown : IsOneSchema<R> extends true ? Value<R> : Args<R>;
