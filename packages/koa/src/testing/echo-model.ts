// A model that does what its arguments say.
import { DeepaasError, defineModel, FileField, isModelFile, modelFile, Type, withDefault } from "@deepaas/core";

const mode = withDefault(Type.String(), "echo");

/** Calls of `wait` that are under way, with how they ended. */
export const waits: { started: number; aborted: number } = { started: 0, aborted: 0 };

export const echoModel = defineModel({
  getMetadata: () => ({ name: "Echo", description: "It says <what> it got.", license: "MIT" }),
  getPredictArgs: () => ({
    mode,
    s: Type.Optional(Type.String()),
    n: Type.Optional(Type.Integer({ minimum: 1, maximum: 100 })),
    list: Type.Optional(Type.Array(Type.Integer())),
    o: Type.Optional(Type.Object({}, { additionalProperties: true })),
    file: Type.Optional(FileField()),
    files: Type.Optional(Type.Array(FileField())),
  }),
  getTrainArgs: () => ({ mode, file: Type.Optional(FileField()) }),
  async predict(args, { signal }) {
    switch (args.mode) {
      case "crash":
        throw new Error("secret at /etc/passwd");
      case "refuse":
        throw new DeepaasError("failed_precondition", "Not today.");
      case "issues":
        throw new DeepaasError("invalid_args", "Bad.", {
          issues: [{ pointer: "/s", rule: "decode", message: "Is no JPEG." }],
        });
      case "busy":
        throw new DeepaasError("overloaded", "Busy.", { retryAfterMs: 2_500 });
      case "nan":
        return { value: Number.NaN };
      case "wait":
        waits.started++;
        return new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            waits.aborted++;
            reject(signal.reason as Error);
          });
        });
      case "back":
        return args.file;
      case "stream":
        return new ReadableStream({ start: (to) => to.error(new Error("unreadable /etc/passwd")) });
      case "bytes":
        return modelFile(new TextEncoder().encode("0123456789"), {
          contentType: "image/png",
          originalFilename: 'a"\u65e5.png',
        });
      case "value":
        return JSON.parse(args.s ?? "null") as unknown;
      default:
        return shown(args);
    }
  },
  async *predictStream({ mode }) {
    yield { part: 1 };
    if (mode === "crash") throw new Error("secret");
    yield { part: 2 };
  },
  async train({ mode, file }, run) {
    run.report({ step: 1, total: 2, metrics: { loss: 0.5 } });
    await run.artifact("digits.txt", new TextEncoder().encode("0123456789"), { contentType: "text/plain" });
    if (mode === "crash") throw new Error("secret");
    if (mode === "wait")
      await new Promise((_resolve, reject) =>
        run.signal.addEventListener("abort", () => reject(run.signal.reason as Error)),
      );
    return { file: file ? await file.text() : null };
  },
});

async function shown(args: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>> {
  const entries = Object.entries(args).map(async ([name, value]): Promise<[string, unknown]> => {
    if (isModelFile(value))
      return [
        name,
        { name: value.originalFilename, type: value.contentType, size: value.size, text: await value.text() },
      ];
    if (Array.isArray(value))
      return [name, await Promise.all(value.map((item: unknown) => (isModelFile(item) ? item.text() : item)))];
    return [name, value];
  });
  return Object.fromEntries(await Promise.all(entries)) as Record<string, unknown>;
}
