// A model as those of AI4OS are written. `deepaas_ui_model.py` is the same one in Python.
import { type Args, BaseModel, DeepaasError, FileField, type JsonValue, Type, withDefault } from "@deepaas/core";

const fields = {
  text: withDefault(Type.String({ description: "is returned" }), "some"),
  choice: withDefault(Type.Enum(["one", "two"]), "two"),
  count: withDefault(Type.Integer(), 1),
  range: withDefault(Type.Integer({ minimum: 1, maximum: 100 }), 50),
  ratio: withDefault(Type.Number(), 0.1),
  on: withDefault(Type.Boolean(), true),
  dict: withDefault(Type.String(), '{"a": 0}'),
  list: withDefault(Type.Array(Type.Number()), [0.1, 0.2]),
  anything: withDefault(Type.Unknown(), null),
  image: FileField({ description: "an image" }),
  audio: Type.Optional(FileField({ description: "audio" })),
  accept: Type.Enum(["application/json", "image/png"]),
};

export default class Pictures extends BaseModel {
  override schema = {
    text: Type.String(),
    choice: Type.String(),
    count: Type.Integer(),
    range: Type.Integer(),
    ratio: Type.Number(),
    on: Type.Boolean(),
    dict: Type.Record(Type.String(), Type.Unknown()),
    list: Type.Array(Type.Number()),
    anything: Type.Unknown(),
    image: Type.String({ description: "image" }),
    name: Type.String(),
    labels: Type.Array(Type.String()),
    probabilities: Type.Array(Type.Number()),
  };

  override getMetadata() {
    const description = "Looks.\n  Twice.";
    return { name: "Pictures", author: ["A", "B"], description, summary: "Looks at pictures." };
  }
  override getPredictArgs() {
    return fields;
  }
  override async predict({ image, accept, audio, dict, ...args }: Args<typeof fields>): Promise<unknown> {
    const content = await image.bytes();
    if (accept === "image/png") return content;
    return {
      ...args,
      dict: parsed(dict),
      image: Buffer.from(content).toString("base64"),
      name: `${image.originalFilename} ${image.contentType} ${audio?.contentType ?? "None"}`,
      labels: ["cat", "dog"],
      probabilities: [0.75, 0.25],
    };
  }
}

function parsed(text: string): JsonValue {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    throw new DeepaasError("invalid_args", "Expecting value: line 1 column 1 (char 0)", { status: 400 });
  }
}
