// The recorded model `schemamodel`: a response schema, and an `accept` argument that is no header.
import { type Model, modelFile, Type, withDefault } from "@deepaas/core";

const optional = Type.Optional;

const results: Readonly<Record<string, () => unknown>> = {
  bytes: () => Buffer.from("\x89PNG raw bytes", "latin1"),
  str: () => "h\u00e9 plain",
  file: () => modelFile(Buffer.from("FILE-BYTES".repeat(3)), { originalFilename: "tmp.bin" }),
  bytesio: () => Buffer.from("BYTESIO"),
  emptyfile: () => modelFile(Buffer.alloc(0), { originalFilename: "tmp" }),
  dict: () => ({ label: "x", prob: 1 }),
  wrongtype: () => ({ label: "x", prob: "not a number" }),
  numstr: () => ({ label: "x", prob: "0.5" }),
  missing: () => ({ label: "x" }),
  unknown: () => ({ label: "x", prob: 1, unknown_key: 1 }),
  notdict: () => "a string",
  list: () => [{ label: "x", prob: 1 }],
  none: () => null,
  nested: () => ({
    label: "x",
    prob: 1,
    boxes: [{ x: 1, y: 2 }, { x: "3" }],
    extra: { k: [1] },
    when: "2020-01-02",
    cls: "a",
  }),
  badenum: () => ({ label: "x", prob: 1, cls: "zzz" }),
};

export const schemamodel: Model = {
  // As marshmallow: what is not declared is refused.
  schema: Type.Object(
    {
      label: Type.String({ description: "the label" }),
      prob: Type.Number(),
      boxes: optional(Type.Array(Type.Object({ x: Type.Integer(), y: optional(Type.Integer()) }))),
      extra: optional(Type.Record(Type.String(), Type.Unknown())),
      when: optional(Type.String({ format: "date" })),
      cls: optional(Type.Enum(["a", "b"])),
    },
    { additionalProperties: false },
  ),
  getMetadata: () => ({ name: "schemamodel", description: "x", id: "1" }),
  getPredictArgs: () => ({
    mode: withDefault(Type.String(), "ok"),
    accept: {
      type: "string",
      default: "application/json",
      enum: ["application/json", "image/png", "application/zip", "text/plain", "text/html", "audio/*"],
    },
  }),
  predict: ({ mode, accept }: { mode: string; accept: string }) =>
    mode === "accept" ? { label: `'${accept}'`, prob: 1 } : (results[mode] ?? (() => ({ label: "x", prob: 1 })))(),
};
