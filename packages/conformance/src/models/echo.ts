// Returns its arguments, in `predict` and `train`. Has every kind of field.
import {
  type Args,
  BaseModel,
  FileField,
  isModelFile,
  type JsonValue,
  type ModelFile,
  SecretField,
  Type,
  withDefault,
} from "@deepaas/core";

const fields = {
  text: Type.String({ minLength: 1, maxLength: 200, description: "is returned" }),
  count: withDefault(Type.Integer({ minimum: 1, maximum: 10 }), 3),
  ratio: Type.Optional(Type.Number({ exclusiveMinimum: 0 })),
  flag: Type.Optional(Type.Boolean()),
  choice: Type.Optional(Type.Enum(["red", "green", "blue"])),
  tags: withDefault(Type.Array(Type.String({ pattern: "^[a-z]+$" }), { maxItems: 5 }), []),
  nested: Type.Optional(
    Type.Object({
      size: Type.Integer({ default: 7 }),
      inner: Type.Optional(Type.Object({ on: Type.Boolean({ default: true }) })),
    }),
  ),
  dictionary: Type.Optional(Type.Record(Type.String(), Type.Number())),
  anything: Type.Optional(Type.Unknown()),
  when: Type.Optional(Type.String({ format: "date-time" })),
  secret: Type.Optional(SecretField()),
  login: Type.Optional(Type.Object({ user: Type.String(), password: SecretField() })),
  file: Type.Optional(FileField()),
  files: Type.Optional(Type.Array(FileField())),
};

export default class Echo extends BaseModel {
  override getMetadata() {
    return {
      name: "Echo",
      description: "Returns its arguments.",
      author: "DEEPaaS",
      license: "Apache-2.0",
      version: "1.0.0",
      links: [{ rel: "help", href: "https://example.org/echo" }],
      colour: "grey",
    };
  }
  override getPredictArgs() {
    return fields;
  }
  override getTrainArgs() {
    return fields;
  }
  override async predict(args: Args<typeof fields>) {
    return described(args);
  }
  override async train(args: Args<typeof fields>) {
    return described(args);
  }
}

async function described(args: Readonly<Record<string, unknown>>): Promise<JsonValue> {
  const entries = Object.entries(args).map(async ([name, value]) => [name, await jsonOf(value)] as const);
  return Object.fromEntries(await Promise.all(entries));
}

async function jsonOf(value: unknown): Promise<JsonValue> {
  if (isModelFile(value)) return describedFile(value);
  if (Array.isArray(value) && value.some(isModelFile)) return Promise.all(value.map(jsonOf));
  return value as JsonValue;
}

async function describedFile(file: ModelFile): Promise<JsonValue> {
  const text = await file.text();
  const { contentType, originalFilename = null } = file;
  return { contentType, originalFilename, text };
}
