// The models behind the recorded Swagger documents of the Python server, re-made: every kind of field, a schema, none.
import { FileField, type Model, SecretField, Type, withDefault } from "@deepaas/core";

const inner = () => Type.Object({ a: Type.Integer(), b: Type.Optional(Type.String({ default: "bb" })) });
const optional = Type.Optional;
const text = (options: Parameters<typeof Type.String>[0] = {}) => optional(Type.String(options));

const predictArgs = {
  mode: withDefault(Type.String({ description: "what predict does" }), "echo"),
  str_req: Type.String({ description: "required string" }),
  str_def: withDefault(Type.String({ description: "string with default" }), "foo"),
  str_nodef: text({ description: "optional string without default" }),
  str_none: { type: "string", default: null, description: "default None" },
  str_allow_none: optional(Type.Union([Type.String(), Type.Null()])),
  str_enum_meta: { type: "string", default: "c1", enum: ["c1", "c2"], description: "enum in metadata only" },
  str_oneof: { type: "string", default: "x", enum: ["x", "y"] },
  str_oneof_labels: optional(Type.Union([Type.Literal("l"), Type.Literal("m")])),
  str_len: text({ minLength: 2, maxLength: 5 }),
  str_len_eq: text({ minLength: 3, maxLength: 3 }),
  str_regex: text({ pattern: "^[a-z]+$" }),
  str_equal: optional(Type.Literal("same")),
  str_noneof: { type: "string", not: { enum: ["bad"] }, required: false },
  str_callable: text(),
  str_multi: { type: "string", enum: ["abc", "abcd"], minLength: 3, required: false },
  password: withDefault(SecretField(), "secret"),
  int_def: withDefault(Type.Integer({ description: "int with default" }), 1),
  int_strict: optional(Type.Integer()),
  int_range: withDefault(Type.Integer({ minimum: 1, maximum: 100 }), 50),
  int_range_excl: optional(Type.Integer({ exclusiveMinimum: 0, exclusiveMaximum: 10 })),
  int_enum: { type: "integer", enum: [1, 2, 3], required: false },
  float_def: withDefault(Type.Number(), 0.1),
  float_nan: optional(Type.Number()),
  float_min: optional(Type.Number({ minimum: 0.5 })),
  number: optional(Type.Number()),
  decimal: optional(Type.Number()),
  bool_def: withDefault(Type.Boolean(), true),
  bool_nodef: optional(Type.Boolean()),
  list_str: withDefault(Type.Array(Type.String()), ["p", "q"]),
  list_int: optional(Type.Array(Type.Integer(), { minItems: 1, maxItems: 3 })),
  list_float: withDefault(Type.Array(Type.Number()), [0.1, 0.2]),
  list_enum: { type: "array", items: { type: "string", enum: ["a", "b"] }, required: false },
  list_containsonly: { type: "array", items: { type: "string", enum: ["a", "b"] }, required: false },
  list_list: optional(Type.Array(Type.Array(Type.Integer()))),
  delimited: optional(Type.Array(Type.Integer())),
  tuple_: optional(Type.Tuple([Type.Integer(), Type.String()])),
  dict_: { type: "object", required: false },
  dict_typed: { type: "object", additionalProperties: { type: "integer" }, default: { a: 1 } },
  nested: optional(Type.Object({ n1: Type.Integer(), n2: optional(Type.String()) })),
  nested_schema: optional(inner()),
  nested_many: optional(Type.Array(inner())),
  list_nested: optional(Type.Array(inner())),
  datetime_: text({ format: "date-time" }),
  naive_dt: text({ format: "date-time" }),
  aware_dt: text({ format: "date-time" }),
  date_: text({ format: "date" }),
  time_: text({ format: "time" }),
  timedelta_: optional(Type.Number()),
  uuid_: text({ format: "uuid" }),
  url_: text({ format: "url" }),
  email_: text({ format: "email" }),
  ip_: {
    anyOf: [
      { type: "string", format: "ipv4" },
      { type: "string", format: "ipv6" },
    ],
    required: false,
  },
  enum_: { type: "string", enum: ["red", "green"], required: false },
  enum_val: { type: "string", enum: ["r", "g"], required: false },
  raw_: optional(Type.Unknown()),
  field_: optional(Type.Unknown({ description: "bare Field" })),
  constant_: { const: 42, default: 42 },
  "mapped-key": text({ description: "data_key" }),
  "X-Custom": text({ location: "headers" }),
  cookie: text({ location: "cookies" }),
  only_query: text({ location: "query" }),
  only_querystring: { type: "string", location: "querystring", required: false },
  only_form: text({ location: "form" }),
  only_json: text({ location: "json" }),
  only_json2: optional(Type.Integer({ location: "json", description: "second" })),
  callable_default: optional(Type.Integer()),
  doc_default: withDefault(Type.Integer(), 8),
  meta_x: text({ x_foo_bar: 1, example: "ex", title: "T", minLength: 9 }),
  legacy: { type: "string", default: "legacy", description: "kwargs metadata style", enum: ["legacy", "other"] },
  data: optional(FileField({ description: "image file" })),
  multi_files: optional(Type.Array(FileField(), { description: "several files" })),
};

const trainArgs = {
  mode: withDefault(Type.String({ description: "what train does" }), "ok"),
  sleep: withDefault(Type.Number({ description: "seconds" }), 0),
  epochs: Type.Integer({ description: "epochs" }),
  lst: withDefault(Type.Array(Type.Integer()), [1, 2]),
  when: text({ format: "date" }),
  conf: optional(FileField({ description: "config file" })),
};

export const wide: Model = {
  getMetadata: () => ({ id: "wide-id", name: "wide-name", description: "Wide model", author: ["A. One", "B. Two"] }),
  getPredictArgs: () => predictArgs,
  getTrainArgs: () => trainArgs,
  predict: () => "echo",
  train: () => "trained",
};

const acceptTypes = ["application/json", "image/png", "application/zip", "text/plain", "text/html", "audio/*"];

export const schemamodel: Model = {
  schema: {
    label: Type.String({ description: "the label" }),
    prob: Type.Number(),
    boxes: optional(Type.Array(Type.Object({ x: Type.Integer(), y: optional(Type.Integer()) }))),
    extra: { type: "object", required: false },
    when: text({ format: "date" }),
    cls: { type: "string", enum: ["a", "b"], required: false },
  },
  getPredictArgs: () => ({
    mode: withDefault(Type.String(), "ok"),
    accept: { type: "string", default: "application/json", description: "Media type", enum: acceptTypes },
  }),
  predict: () => ({ label: "x", prob: 1 }),
  train: () => null,
};

export const deepaasTest: Model = {
  schema: {
    date: text({ format: "date" }),
    labels: optional(Type.Array(Type.Object({ label: optional(Type.String()), probability: optional(Type.Number()) }))),
    data: text(),
  },
  getPredictArgs: () => ({
    data: FileField({ description: "Data file to perform inference." }),
    parameter: Type.Integer({ description: "This is a parameter for prediction" }),
    parameter_three: {
      type: "string",
      enum: ["foo", "bar"],
      required: false,
      description: "This is a parameter that forces its value to be one of the choices declared in 'enum'",
    },
    accept: {
      type: "string",
      location: "headers",
      enum: ["application/json", "text/plain", "image/png"],
      description: "Media type(s) that is/are acceptable for the response.",
    },
  }),
  getTrainArgs: () => ({
    sleep: Type.Integer(),
    parameter_two: text({ description: "This is a string parameter." }),
  }),
  predict: () => ({}),
  train: () => null,
};
