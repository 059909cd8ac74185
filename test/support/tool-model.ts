/** A module with every kind of argument and result that a command line has. */
export const toolModel = `
import { DeepaasError } from "@deepaas/core";
export const getMetadata = () => ({ name: "tool", author: "A. Author", description: "For tests." });
export const getPredictArgs = () => ({
  n: { type: "integer", maximum: 1000, description: "how many" },
  ratio: { type: "number", default: 1 },
  loud: { type: "boolean", default: false },
  tags: { type: "array", items: { type: "string" }, default: [] },
  mode: { enum: ["fast", "slow"], default: "fast" },
  more: { type: "object", required: false },
  file: { type: "string", format: "binary", required: false },
});
export const getTrainArgs = () => ({ epochs: { type: "integer", minimum: 1, default: 2 } });
export async function predict({ n, ratio, loud, tags, mode, more = null, file }) {
  if (n === 404) throw new DeepaasError("not_found", "There is no such thing.");
  if (n === 500) throw new Error("a secret of the model");
  if (n < 0) return new Uint8Array([0, 1, 2, 255]);
  const about = file && { size: file.size, type: file.contentType, name: file.originalFilename };
  return { n, ratio, loud, tags, mode, more, file: about ?? null };
}
export async function* predictStream({ n }) {
  for (let i = 0; i < n; i++) yield i;
}
export async function train({ epochs }, { report, log, checkpoint, publish, artifact, signal }) {
  log("starting");
  if (epochs === 99) throw new Error("epoch 99 is bad luck");
  for (let step = 1; step <= epochs; step++) {
    signal.throwIfAborted();
    await report({ step, total: epochs, metrics: { loss: 0.75 / step, accuracy: step / epochs } });
    await checkpoint({ step, data: { step } });
    if (epochs >= 100) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await artifact("history.txt", new Blob(["history"]));
  await publish(new Blob(["weights of " + epochs]));
  return { epochs };
}
`;
