// Models that between them have every kind of argument and give every kind of answer.
import {
  DeepaasError,
  defineModel,
  type ErrorCode,
  errorCodes,
  FileField,
  isTerminal,
  type Model,
  type ModelService,
  modelFile,
  Type,
  withDefault,
} from "@deepaas/core";

const outcomes = ["value", "file", "null", "nan", "crash", "unreadable", ...errorCodes] as const;
const optional = Type.Optional;

const moody = defineModel({
  getPredictArgs: () => ({
    outcome: withDefault(Type.String({ enum: outcomes }), "value"),
    text: optional(Type.String()),
    count: optional(Type.Integer({ minimum: 1, maximum: 100 })),
    ratio: optional(Type.Number()),
    flag: optional(Type.Boolean()),
    list: optional(Type.Array(Type.Integer(), { maxItems: 5 })),
    file: optional(FileField()),
    files: optional(Type.Array(FileField())),
    "X-Level": optional(Type.Integer({ location: "headers" })),
    crumb: optional(Type.String({ location: "cookies" })),
  }),
  getTrainArgs: () => ({ outcome: withDefault(Type.Union([Type.Literal("ok"), Type.Literal("crash")]), "ok") }),
  predict({ outcome, text }) {
    if (outcome === "value") return { text: text ?? null };
    if (outcome === "file") return modelFile(new Blob(["x"], { type: "image/png" }));
    if (outcome === "null") return null;
    if (outcome === "nan") return Number.NaN;
    if (outcome === "crash") throw new Error("secret");
    if (outcome === "unreadable") return new ReadableStream({ start: (to) => to.error(new Error("secret")) });
    throw new DeepaasError(outcome as ErrorCode, "Not today.", { retryAfterMs: 10 });
  },
  async *predictStream({ outcome }) {
    yield { part: 1 };
    if (outcome !== "value") throw new Error("secret");
  },
  async train({ outcome }, run) {
    run.report({ step: 1, total: 2, metrics: { loss: Number.NaN }, message: "half" });
    await run.artifact("digits.txt", new TextEncoder().encode("0123456789"), { contentType: "text/plain" });
    await run.checkpoint({ step: 1, data: { a: 1 } });
    if (outcome === "crash") throw new Error("secret");
    return { accuracy: 0.5 };
  },
});

const shaped: Model = {
  schema: { label: Type.String(), boxes: optional(Type.Array(Type.Object({ x: Type.Integer() }))) },
  getPredictArgs: () => ({
    good: withDefault(Type.Boolean(), true),
    accept: withDefault(Type.String({ enum: ["application/json", "text/plain", "image/*"] }), "application/json"),
  }),
  predict({ good, accept }: { good: boolean; accept: string }) {
    if (accept !== "application/json" && accept !== "*/*") return "as text";
    return good ? { label: "a", boxes: [{ x: 1 }] } : { label: 1 };
  },
};

const nested = defineModel({
  getPredictArgs: () => ({
    mixed: { type: ["integer", "string"], default: 1 } as const,
    nullable: { type: ["number", "null"], default: null } as const,
    either: optional(Type.Union([Type.Integer(), Type.Object({ x: Type.Number() })])),
    pair: optional(Type.Tuple([Type.Integer(), Type.String()])),
    record: optional(Type.Record(Type.String(), Type.Integer())),
    tree: optional(
      Type.Cyclic({ Node: Type.Object({ name: Type.String(), children: Type.Array(Type.Ref("Node")) }) }, "Node"),
    ),
    grid: Type.Array(Type.Array(Type.Number())),
    inJson: optional(Type.Integer({ location: "json" })),
    when: optional(Type.String({ format: "date-time" })),
  }),
  predict: (args) => args as object,
});

export const manyModels = { moody, shaped, nested, predicts: { predict: () => 1 }, trains: { train: () => null } };

/** Runs that have ended, one of them badly; gives the ids of the others. */
export async function someRuns(service: ModelService): Promise<readonly string[]> {
  const outcomesOfRuns = ["ok", "ok", "ok", "ok", "crash"];
  const runs = await Promise.all(outcomesOfRuns.map((outcome) => service.train("moody", { outcome })));
  for (const { id } of runs) {
    for await (const { type } of service.watch(id)) if (isTerminal(type)) break;
  }
  return runs.slice(0, -1).map(({ id }) => id);
}
