// A model with every kind of field, for the tests of the page. Predict answers with what it got.
import { setTimeout as sleep } from "node:timers/promises";
import {
  type Args,
  DeepaasError,
  FileField,
  isModelFile,
  type JsonValue,
  SecretField,
  type TrainContext,
  Type,
  withDefault,
} from "@deepaas/core";

const optional = Type.Optional;

const predictArgs = {
  name: Type.String({ description: "A required text", minLength: 2 }),
  story: optional(Type.String({ description: "A long text", maxLength: 10_000, contentMediaType: "text/markdown" })),
  code: optional(Type.String({ pattern: "^[a-z]+[0-9]$", description: "Letters and one digit" })),
  count: withDefault(Type.Integer({ minimum: 1, maximum: 10, description: "A slider" }), 3),
  factor: optional(Type.Number({ exclusiveMinimum: 0, description: "A number" })),
  colour: withDefault(Type.Union([Type.Literal("red"), Type.Literal("green")]), "red"),
  city: {
    type: "string",
    enum: ["Aachen", "Bilbao", "Cork", "Delft", "Essen", "Faro", "Ghent", "Hull"],
    required: false,
  },
  quick: withDefault(Type.Boolean({ description: "A switch" }), true),
  day: optional(Type.String({ format: "date" })),
  hour: optional(Type.String({ format: "time" })),
  moment: optional(Type.String({ format: "date-time" })),
  tags: withDefault(Type.Array(Type.String()), ["a", "b"]),
  sizes: optional(Type.Array(Type.Integer({ maximum: 9 }), { maxItems: 3 })),
  place: optional(
    Type.Object({ street: Type.String({ minLength: 3 }), number: optional(Type.Integer({ minimum: 1 })) }),
  ),
  people: optional(Type.Array(Type.Object({ first: Type.String() }))),
  matrix: optional(Type.Array(Type.Array(Type.Number()))),
  anything: optional(Type.Unknown()),
  nothing: { type: ["integer", "null"], default: null },
  password: optional(SecretField()),
  picture: optional(FileField({ description: "A picture", contentMediaType: "image/png" })),
  files: optional(Type.Array(FileField())),
  mode: withDefault(
    Type.Union([
      Type.Literal("echo"),
      Type.Literal("fail"),
      Type.Literal("picture"),
      Type.Literal("table"),
      Type.Literal("picky"),
    ]),
    "echo",
  ),
};

const trainArgs = {
  steps: withDefault(Type.Integer({ minimum: 1, maximum: 1_000_000 }), 50),
  pause: withDefault(Type.Number({ minimum: 0, description: "Milliseconds between two steps" }), 20),
  rate: withDefault(Type.Number({ description: "How fast the loss falls" }), 0.05),
};

export const getMetadata = () => ({
  name: "Wide",
  description: "Has every kind of field.",
  author: ["First Author", "Second Author"],
  license: "MIT",
  version: "1",
  links: [{ rel: "paper", href: "https://example.org/paper" }],
});
export const getPredictArgs = () => predictArgs;
export const getTrainArgs = () => trainArgs;

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==";

export async function predict(args: Args<typeof predictArgs>): Promise<unknown> {
  if (args.mode === "picky") {
    const issues = [{ pointer: "/place/street", rule: "known", message: "There is no such street." }];
    throw new DeepaasError("invalid_args", "The model does not know this place.", { issues });
  }
  if (args.mode === "fail") throw new Error("The model has failed.");
  if (args.mode === "picture") return new Blob([Buffer.from(pixel, "base64")], { type: "image/png" });
  if (args.mode === "table")
    return [
      { city: "Cork", people: 222_333 },
      { city: "Delft", people: 103_581 },
    ];
  return Object.fromEntries(Object.entries(args).map(([name, value]) => [name, shown(value)]));
}

function shown(value: unknown): JsonValue {
  if (isModelFile(value)) return { file: value.originalFilename ?? "", size: value.size ?? 0, type: value.contentType };
  if (Array.isArray(value)) return value.map(shown);
  return value as JsonValue;
}

export async function* predictStream({ count, name }: Args<typeof predictArgs>) {
  for (let i = 1; i <= count; i++) yield `${name} ${i}`;
}

/** Goes on after the last checkpoint, which each step makes. Its metrics fall and rise as those of a network do. */
export async function train({ steps, pause, rate }: Args<typeof trainArgs>, run: TrainContext): Promise<unknown> {
  for (let step = (run.resumeFrom?.step ?? 0) + 1; step <= steps; step++) {
    run.signal.throwIfAborted();
    const loss = Math.exp(-rate * step) + 0.05 * Math.abs(Math.sin(step));
    run.report({ step, total: steps, metrics: { loss, accuracy: 1 - loss / 2 } });
    await run.checkpoint({ step });
    if (step % 20 === 0) run.log(`step ${step} is done`);
    await sleep(pause);
  }
  await run.artifact("notes.txt", new Blob(["It went well."]));
  await run.publish(Buffer.from(`weights after ${steps} steps`));
  return { steps };
}
