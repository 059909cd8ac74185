// The recorded model `bench`; and stand-ins, made from the recordings alone, for models that are known only by them.
import { createHash } from "node:crypto";
import { FileField, type Model, type ModelFile, Type, withDefault } from "@deepaas/core";

interface BenchArgs {
  readonly text: string;
  readonly n: number;
  readonly data?: ModelFile | null;
}

export const bench: Model = {
  getMetadata: () => ({ id: "0", name: "bench", description: "bench", version: "1" }),
  getPredictArgs: () => ({
    text: withDefault(Type.String(), "hello"),
    n: withDefault(Type.Integer(), 1),
    data: Type.Optional(FileField({ location: "form" })),
  }),
  predict: async ({ text, n, data }: BenchArgs) => {
    if (!data) return { text, n };
    const hash = createHash("sha256");
    for await (const chunk of data.stream()) hash.update(chunk);
    return { text, n, sha256: hash.digest("hex") };
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
