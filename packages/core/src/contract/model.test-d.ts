import type { Static } from "typebox";
import { describe, expectTypeOf, test } from "vitest";
import {
  type Args,
  BaseModel,
  createHost,
  defineModel,
  FileField,
  type FileSource,
  type Input,
  type ModelFile,
  type PromotionRule,
  type TrainContext,
  Type,
  type TypedModel,
  typedModel,
  withDefault,
} from "../index.ts";

const fields = {
  image: FileField(),
  several: Type.Array(FileField()),
  top: withDefault(Type.Integer({ minimum: 1 }), 3),
  note: Type.Optional(Type.String()),
};

describe("Args and Input", () => {
  test("the author gets defaults filled in and files as ModelFile", () => {
    expectTypeOf<Args<typeof fields>>().toEqualTypeOf<{
      image: ModelFile;
      several: ModelFile[];
      top: number;
      note?: string;
    }>();
  });

  test("a caller may leave defaults out and gives files as blobs or bytes", () => {
    expectTypeOf<Input<typeof fields>>().toEqualTypeOf<{
      image: FileSource;
      several: readonly FileSource[];
      top?: number;
      note?: string;
    }>();
  });

  test("plain JSON Schema is inferred too", () => {
    const plain = {
      n: { type: "integer", default: 3 },
      mode: { enum: ["fast", "exact"] },
      words: { type: "array", items: { type: "string" }, required: false },
      file: { type: "string", format: "binary" },
    } as const;
    expectTypeOf<Args<typeof plain>>().toEqualTypeOf<{
      n: number;
      mode: "fast" | "exact";
      file: ModelFile;
      words?: string[];
    }>();
  });
});

test("plain JSON Schema without `as const` is a field, of unknown type", () => {
  const fields = { s: { type: "string", default: null }, n: { type: "integer", minimum: 1 } };
  const model = { getPredictArgs: () => fields, predict: (args: { n: number }) => args.n };
  expectTypeOf(createHost({ models: { model } })).resolves.toHaveProperty("predict");
  expectTypeOf<Args<typeof fields>["n"]>().toEqualTypeOf<unknown>();
});

const response = { label: Type.String(), probability: Type.Number() };

class Sound extends BaseModel {
  override schema = response;
  override getPredictArgs() {
    return fields;
  }
  override async predict({ top }: Args<typeof fields>) {
    return { label: String(top), probability: 1 };
  }
}

class Undeclared extends BaseModel {
  override getPredictArgs() {
    return fields;
  }
  override predict({ top, typo }: { top: number; typo: string }) {
    return `${top}${typo}`;
  }
}

class UndeclaredInStream extends BaseModel {
  override async *predictStream({ typo }: { typo: string }) {
    yield typo;
  }
}

class WrongType extends BaseModel {
  override getTrainArgs() {
    return { epochs: Type.Integer() };
  }
  override train({ epochs }: { epochs: string }, _run: TrainContext) {
    return epochs;
  }
}

class WrongAnswer extends BaseModel {
  override schema = response;
  override predict() {
    return { label: 7 };
  }
}

describe("createHost", () => {
  test("takes a class, a literal and a module", () => {
    const literal = defineModel({
      getPredictArgs: () => ({ x: Type.Number() }),
      predict: ({ x }) => ({ doubled: x * 2 }),
    });
    const module = { predict: () => 1, warm: async () => {} };
    expectTypeOf(createHost({ models: { sound: new Sound(), literal, module } })).resolves.toHaveProperty("predict");
  });

  test("names the argument that has no field", () => {
    // @ts-expect-error "predict: an argument without a field": "typo"
    void createHost({ models: { one: new Undeclared() } });
  });

  test("names the argument of a stream that has no field", () => {
    // @ts-expect-error "predictStream: an argument without a field": "typo"
    void createHost({ models: { one: new UndeclaredInStream() } });
  });

  test("names the argument whose type is another than its field's", () => {
    // @ts-expect-error "train: an argument has another type than its field": { epochs: string }
    void createHost({ models: { one: new WrongType() } });
  });

  test("refuses a result that does not match schema", () => {
    // @ts-expect-error "predict: the result does not match schema"
    void createHost({ models: { one: new WrongAnswer() } });
  });
});

describe("defineModel", () => {
  test("infers the arguments of predict and train, and checks the answer", () => {
    defineModel({
      schema: response,
      getPredictArgs: () => fields,
      getTrainArgs: () => ({ epochs: withDefault(Type.Integer(), 5) }),
      predict({ top, note }) {
        expectTypeOf(top).toEqualTypeOf<number>();
        expectTypeOf(note).toEqualTypeOf<string | undefined>();
        return { label: "seven", probability: 0.9 };
      },
      train({ epochs }, run) {
        expectTypeOf(epochs).toEqualTypeOf<number>();
        expectTypeOf(run).toEqualTypeOf<TrainContext>();
      },
    });
    defineModel({
      schema: response,
      // @ts-expect-error label is a string
      predict: () => ({ label: 7, probability: 1 }),
    });
  });

  test("refuses what is no field", () => {
    // @ts-expect-error 5 is no schema
    defineModel({ getPredictArgs: () => ({ epochs: 5 }) });
  });
});

describe("typedModel", () => {
  test("carries the author's types to the caller", () => {
    const model = typedModel<Sound>(undefined as never, "sound");
    expectTypeOf(model).toEqualTypeOf<TypedModel<Sound>>();
    expectTypeOf<(typeof model)["predict"]>().parameter(0).toEqualTypeOf<Input<typeof fields>>();
    expectTypeOf<(typeof model)["predict"]>().returns.resolves.toEqualTypeOf<{ label: string; probability: number }>();
  });
});

describe("every kind of TypeBox schema has the type that TypeBox gives it", () => {
  const kinds = {
    text: Type.String(),
    number: Type.Number(),
    integer: Type.Integer(),
    flag: Type.Boolean(),
    nothing: Type.Null(),
    literal: Type.Literal("a"),
    choice: Type.Enum(["x", 1]),
    list: Type.Array(Type.Array(Type.Integer())),
    object: Type.Object({ a: Type.String(), b: Type.Optional(Type.Number()), c: Type.Readonly(Type.Null()) }),
    empty: Type.Object({}),
    union: Type.Union([Type.String(), Type.Null(), Type.Object({ a: Type.Integer() })]),
    tuple: Type.Tuple([Type.Integer(), Type.String()]),
    open: Type.Tuple([Type.Integer(), Type.Optional(Type.String())]),
    record: Type.Record(Type.String(), Type.Integer()),
    numbered: Type.Record(Type.Integer(), Type.Boolean()),
    both: Type.Intersect([Type.Object({ a: Type.String() }), Type.Object({ b: Type.Integer() })]),
    anything: Type.Unknown(),
    never: Type.Never(),
    unsafe: Type.Unsafe<Date>({}),
    nested: Type.Array(Type.Union([Type.Tuple([Type.Boolean()]), Type.Record(Type.String(), Type.Null())])),
  };
  test("as Static infers it", () => {
    type Kinds = typeof kinds;
    expectTypeOf<{ [K in keyof Kinds]: Args<Kinds>[K] }>().toEqualTypeOf<{ [K in keyof Kinds]: Static<Kinds[K]> }>();
  });
  test("a recursive one", () => {
    const tree = Type.Cyclic(
      { Node: Type.Object({ name: Type.String(), kids: Type.Array(Type.Ref("Node")) }) },
      "Node",
    );
    const args = { tree };
    expectTypeOf<Args<typeof args>["tree"]["kids"][number]["kids"][number]["name"]>().toEqualTypeOf<string>();
  });
});

test("the rule for weights versions is one of three, and reload also takes the shipped weights", () => {
  const model = defineModel({
    promote: { metric: "val_accuracy", better: "higher" },
    shippedMetrics: { val_accuracy: 0.9 },
    reload(published) {
      expectTypeOf(published).toEqualTypeOf<ModelFile | undefined>();
    },
    async train(_args, run) {
      await run.publish(new Uint8Array(), { promote: "ask" });
      // @ts-expect-error: there is no such rule
      await run.publish(new Uint8Array(), { promote: "never" });
    },
  });
  expectTypeOf(model.promote).toExtend<PromotionRule | undefined>();
  // @ts-expect-error: better is higher or lower
  defineModel({ promote: { metric: "loss", better: "less" } });
  // @ts-expect-error: a metric is a number
  defineModel({ shippedMetrics: { val_accuracy: "high" } });
});
