import {
  type Args,
  BaseModel,
  createHost,
  defineModel,
  FileField,
  type FileSource,
  type JsonValue,
  type ModelFile,
  type ModelService,
  type Run,
  Type,
  withDefault,
} from "@deepaas/core";
import { expectTypeOf, test } from "vitest";
import { connectInProcess } from "./connect-in-process.ts";

const predictArgs = { image: FileField(), top: withDefault(Type.Integer(), 3) };
const response = { predictions: Type.Array(Type.Object({ label: Type.String() })) };

class Digits extends BaseModel {
  override schema = response;
  override getPredictArgs() {
    return predictArgs;
  }
  override predict({ top }: Args<typeof predictArgs>) {
    return { predictions: [{ label: String(top) }] };
  }
}

const line = defineModel({
  schema: Type.Object({ y: Type.Number() }),
  getPredictArgs: () => ({ x: Type.Number() }),
  predict: ({ x }) => ({ y: x }),
  getTrainArgs: () => ({ epochs: withDefault(Type.Integer(), 5), data: { type: "string", format: "binary" } }),
  train: ({ epochs }) => epochs,
});

const plain = { predict: () => ({ answer: 42 }) };

async function connected() {
  return connectInProcess(await createHost({ models: { digits: new Digits(), line, plain } }));
}
type Local = Awaited<ReturnType<typeof connected>>;

test("the names are those of the host", () => {
  expectTypeOf<Parameters<Local["model"]>[0]>().toEqualTypeOf<"digits" | "line" | "plain">();
  expectTypeOf<Local>().toExtend<ModelService>();
});

test("arguments are the fields' input: defaults optional, a file as a blob or bytes", async () => {
  const local = await connected();
  const digits = local.model("digits");
  expectTypeOf(digits.predict).parameter(0).toEqualTypeOf<{ image: FileSource; top?: number }>();
  const trained = local.model("line");
  expectTypeOf(trained.train).parameter(0).toEqualTypeOf<{ data: FileSource; epochs?: number }>();
  expectTypeOf(trained.train).returns.resolves.toEqualTypeOf<Run>();
  // @ts-expect-error: image is required.
  void digits.predict({ top: 1 });
  // @ts-expect-error: there is no such argument.
  void digits.predict({ image: new Blob([]), bottom: 1 });
  void local.model("plain").predict();
});

test("the result is the schema's type, else what the method gives", async () => {
  const local = await connected();
  expectTypeOf(await local.model("digits").predict({ image: new Blob([]) })).toEqualTypeOf<{
    predictions: { label: string }[];
  }>();
  expectTypeOf(await local.model("line").predict({ x: 1 })).toEqualTypeOf<{ y: number }>();
  expectTypeOf(await local.model("plain").predict()).toEqualTypeOf<{ answer: number }>();
});

test("a service of unknown models takes any name and any arguments", async () => {
  const local = connectInProcess({} as ModelService);
  const one = local.model("whatever");
  expectTypeOf(await one.predict({ a: 1 })).toEqualTypeOf<JsonValue | ModelFile>();
});
