// The type of the values of a TypeBox schema, found by the shape of the schema. It does not name TypeBox's own `Static`: that
// makes the compiler compare all of TypeBox's recursive types for every model (1.3 million instantiations for a small one).

type IsOptional<S> = S extends { readonly "~optional": true } ? true : false;
type IsReadonly<S> = S extends { readonly "~readonly": true } ? true : false;

type Properties<P, Defs> = {
  [K in keyof P as IsOptional<P[K]> extends true ? never : IsReadonly<P[K]> extends true ? never : K]: StaticOf<
    P[K],
    Defs
  >;
} & {
  [K in keyof P as IsOptional<P[K]> extends true ? (IsReadonly<P[K]> extends true ? never : K) : never]?: StaticOf<
    P[K],
    Defs
  >;
} & {
  readonly [K in keyof P as IsOptional<P[K]> extends true
    ? never
    : IsReadonly<P[K]> extends true
      ? K
      : never]: StaticOf<P[K], Defs>;
} & {
  readonly [K in keyof P as IsOptional<P[K]> extends true
    ? IsReadonly<P[K]> extends true
      ? K
      : never
    : never]?: StaticOf<P[K], Defs>;
};

type Flat<T> = { [K in keyof T]: T[K] } & {};
type Each<Schemas, Defs> = { [K in keyof Schemas]: StaticOf<Schemas[K], Defs> };
type All<Schemas, Defs> = Schemas extends readonly [infer First, ...infer Rest]
  ? StaticOf<First, Defs> & All<Rest, Defs>
  : unknown;
type TupleOf<Items, Defs> = Items extends readonly [infer First, ...infer Rest]
  ? IsOptional<First> extends true
    ? [StaticOf<First, Defs>?, ...TupleOf<Rest, Defs>]
    : [StaticOf<First, Defs>, ...TupleOf<Rest, Defs>]
  : [];
/** TypeBox writes the keys of a record as a pattern: these two are numbers. */
type RecordKey<Pattern> = Pattern extends "^-?(?:0|[1-9][0-9]*)$" | "^-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?$"
  ? number
  : string;

/** `Defs`: the schemas that a `Ref` may name. */
export type StaticOf<S, Defs = Record<never, never>> = S extends { readonly "~unsafe": infer T }
  ? T
  : S extends { readonly "~kind": infer Kind }
    ? Kind extends "String" | "TemplateLiteral"
      ? string
      : Kind extends "Number" | "Integer"
        ? number
        : Kind extends "Boolean"
          ? boolean
          : Kind extends "Null"
            ? null
            : Kind extends "Never"
              ? never
              : Kind extends "Void" | "Undefined"
                ? undefined
                : StaticOfParts<S, Defs>
    : StaticOfJsonSchema<S, Defs>;

type StaticOfParts<S, Defs> = S extends { readonly "~kind": "Literal"; readonly const: infer C }
  ? C
  : S extends { readonly "~kind": "Enum"; readonly enum: readonly (infer E)[] }
    ? E
    : S extends { readonly "~kind": "Array"; readonly items: infer I }
      ? StaticOf<I, Defs>[]
      : S extends { readonly "~kind": "Object"; readonly properties: infer P }
        ? keyof P extends never
          ? object
          : Flat<Properties<P, Defs>>
        : S extends { readonly "~kind": "Union"; readonly anyOf: infer U extends readonly unknown[] }
          ? Each<U, Defs>[number]
          : S extends { readonly "~kind": "Tuple"; readonly items: infer I }
            ? TupleOf<I, Defs>
            : S extends { readonly "~kind": "Record"; readonly patternProperties: infer P }
              ? Record<RecordKey<keyof P>, StaticOf<P[keyof P], Defs>>
              : S extends { readonly "~kind": "Intersect"; readonly allOf: infer A }
                ? All<A, Defs>
                : S extends { readonly "~kind": "Cyclic"; readonly $defs: infer D; readonly $ref: infer R }
                  ? StaticOf<D[R & keyof D], D>
                  : S extends { readonly "~kind": "Ref"; readonly $ref: infer R }
                    ? R extends keyof Defs
                      ? StaticOf<Defs[R], Defs>
                      : unknown
                    : unknown;

interface JsonTypes {
  readonly string: string;
  readonly number: number;
  readonly integer: number;
  readonly boolean: boolean;
  readonly null: null;
  readonly array: unknown[];
  readonly object: object;
}

/** Of a schema in plain JSON Schema, written `as const`. */
type StaticOfJsonSchema<S, Defs> = S extends { readonly const: infer C }
  ? C
  : S extends { readonly enum: readonly (infer E)[] }
    ? E
    : S extends
          | { readonly anyOf: infer U extends readonly unknown[] }
          | { readonly oneOf: infer U extends readonly unknown[] }
      ? Each<U, Defs>[number]
      : S extends { readonly allOf: infer A }
        ? All<A, Defs>
        : S extends { readonly type: "array"; readonly items: infer I }
          ? StaticOf<I, Defs>[]
          : S extends { readonly type: "object"; readonly properties: infer P }
            ? Flat<JsonProperties<P, S extends { readonly required: readonly (infer R)[] } ? R : never, Defs>>
            : S extends { readonly type: infer T extends keyof JsonTypes }
              ? JsonTypes[T]
              : S extends { readonly type: readonly (infer T extends keyof JsonTypes)[] }
                ? JsonTypes[T]
                : unknown;

type JsonProperties<P, Required, Defs> = {
  -readonly [K in keyof P as K extends Required ? K : never]: StaticOf<P[K], Defs>;
} & {
  -readonly [K in keyof P as K extends Required ? never : K]?: StaticOf<P[K], Defs>;
};
