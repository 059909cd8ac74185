// The recorded model `bench`; and stand-ins, made from the recordings alone, for models that are known only by them.
import { createHash } from "node:crypto";
import { setTimeout } from "node:timers/promises";
import { FileField, type Model, type ModelFile, Type, withDefault } from "@deepaas/core";

interface BenchArgs {
  readonly text: string;
  readonly n: number;
  readonly sleep: number;
  readonly size: number;
  readonly data?: ModelFile | null;
}

export const bench: Model = {
  getMetadata: () => ({ id: "0", name: "bench", description: "bench", version: "1" }),
  getPredictArgs: () => ({
    text: withDefault(Type.String(), "hello"),
    n: withDefault(Type.Integer(), 1),
    sleep: withDefault(Type.Number(), 0),
    size: withDefault(Type.Integer(), 0),
    data: Type.Optional(FileField({ location: "form" })),
  }),
  getTrainArgs: () => ({ sleep: withDefault(Type.Number(), 0) }),
  predict: async ({ text, n, sleep, size, data }: BenchArgs) => {
    await setTimeout(sleep * 1_000);
    const out = { text, n, ...(size > 0 && { blob: "x".repeat(size) }) };
    if (!data) return out;
    const hash = createHash("sha256");
    for await (const chunk of data.stream()) hash.update(chunk);
    return { ...out, sha256: hash.digest("hex") };
  },
  train: async ({ sleep }: { sleep: number }) => {
    await setTimeout(sleep * 1_000);
    return { ok: true };
  },
};

export const minimal: Model = { predict: () => null };

export const deepaasTest: Model = {
  getMetadata: () => ({
    id: "0",
    name: "deepaas-test",
    description:
      "This is not a model at all, just a placeholder for testing the API functionality. If you are seeing this, it is " +
      "because DEEPaaS could not load a valid model.",
    author: "Alvaro Lopez Garcia",
    version: "0.0.1",
    url: "https://github.com/indigo-dc/DEEPaaS/",
    license: "Apache 2.0",
  }),
  getPredictArgs: () => ({ parameter: Type.Integer() }),
  predict: () => null,
  train: () => null,
};

export const headeraccept: Model = {
  getPredictArgs: () => ({
    file_req: FileField({ location: "form" }),
    accept: {
      type: "string",
      location: "headers",
      enum: ["image/png", "text/plain", "application/json"],
      required: false,
    },
  }),
  predict: ({ accept = "*/*" }: { accept?: string }) => {
    if (accept === "image/png") return Buffer.from("\x89PNG", "latin1");
    if (accept === "text/plain") return "text";
    return { accept, type: "<class 'deepaas.model.v2.wrapper.UploadedFile'>" };
  },
};
