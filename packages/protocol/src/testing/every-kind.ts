// Fields that an API document has trouble with, beside those of the recorded models.
import { FileField, Type, withDefault } from "@deepaas/core";

const tree = Type.Cyclic(
  { Node: Type.Object({ name: Type.String(), children: Type.Array(Type.Ref("Node")) }) },
  "Node",
);

export const fieldsOfEveryKind = {
  image: Type.Optional(FileField({ description: "the picture" })),
  pages: Type.Optional(Type.Array(FileField())),
  top: withDefault(Type.Integer({ minimum: 1, maximum: 10, description: "how many" }), 3),
  mixed: { type: ["integer", "string"], default: 1 },
  nullable: { type: ["number", "null"], default: null },
  literals: Type.Optional(Type.Union([Type.Literal("a"), Type.Literal(2), Type.Literal(true)])),
  either: Type.Optional(Type.Union([Type.Integer(), Type.Object({ x: Type.Number() })])),
  both: Type.Optional(Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.Integer() })])),
  pair: Type.Optional(Type.Tuple([Type.Integer(), Type.String()])),
  record: Type.Optional(Type.Record(Type.String(), Type.Integer())),
  patterned: { type: "object", patternProperties: { "^x": { type: "string" } }, required: false },
  tree: Type.Optional(tree),
  grid: Type.Optional(Type.Array(Type.Array(Type.Number()))),
  anything: Type.Optional(Type.Unknown()),
  only: { const: "this", required: false },
  unlike: { type: "string", not: { const: "that" }, required: false },
  someday: { type: "string", format: "date-time", required: false, examples: ["2020-01-02T03:04:05Z"] },
  hint: { type: "string", required: false, "x-widget": "wide", title: "A hint", deprecated: true },
  "odd name/with~signs": { type: "string", required: false },
  header: Type.Optional(Type.Integer({ location: "headers" })),
  crumb: Type.Optional(Type.String({ location: "cookies", description: "a cookie" })),
  inJson: Type.Optional(Type.Integer({ location: "json" })),
  inQuery: Type.Optional(Type.Array(Type.Integer(), { location: "query" })),
  inForm: Type.Optional(Type.Boolean({ location: "form" })),
} as const;
