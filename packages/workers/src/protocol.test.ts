// A worker process, spoken to as PROTOCOL.md says, without the rest of the server.
import { fileURLToPath } from "node:url";
import { modelFile } from "@deepaas/core";
import { expect, test } from "vitest";
import type { ToWorker } from "./messages.ts";
import { nodeProgram } from "./programs.ts";
import { ProtocolWorker } from "./testing/protocol-worker.ts";

const pathOf = (name: string) => fileURLToPath(import.meta.resolve(`@deepaas/conformance/models/${name}`));
const weights = (version: number, text: string) => ({ version, file: modelFile(new TextEncoder().encode(text)) });

test.concurrent("ready carries what the models declare, before it is normalised", async () => {
  await using worker = new ProtocolWorker(nodeProgram([], {}));
  const models = { misdeclared: pathOf("misdeclared"), echo: pathOf("echo") };
  const ready = await worker.ask({ type: "start", protocol: 1, models, weights: {} });
  if (ready.type !== "ready") throw new Error(JSON.stringify(ready));
  expect(ready.protocol).toBe(1);
  expect(ready.models.misdeclared).toEqual({
    metadata: null,
    predictFields: { "a/b": { type: "integer", default: "seven" } },
    trainFields: {},
    has: { predict: true, predictBatch: false, predictStream: false, train: false, reload: false },
  });
  expect(ready.models.echo?.predictFields).toMatchObject({
    flag: { type: "boolean", "~optional": true },
    file: { type: "string", format: "binary", "~optional": true },
  });
  expect(await worker.close()).toBe("exited with code 0");
});

test.concurrent("loaded lists the files of each model, before ready and only if the server asks", async () => {
  const models = { reloader: pathOf("reloader"), trainer: pathOf("trainer") };
  const start = { type: "start", protocol: 1, models, weights: {} } as const;
  await using worker = new ProtocolWorker(nodeProgram([], {}));
  const loaded = await worker.ask({ ...start, reportFiles: true });
  if (loaded.type !== "loaded") throw new Error(JSON.stringify(loaded));
  expect((await worker.next()).type).toBe("ready");
  const names = Object.entries(loaded.models).map(([name, files]) => [name, Object.keys(files)] as const);
  // What both import, too.
  expect(names).toEqual([
    ["reloader", expect.arrayContaining([models.reloader, models.trainer])],
    ["trainer", expect.arrayContaining([models.trainer])],
  ]);
  expect(loaded.models.trainer).not.toHaveProperty([models.reloader]);
  await using quiet = new ProtocolWorker(nodeProgram([], {}));
  expect((await quiet.ask(start)).type).toBe("ready");
});

test.concurrent("every answer of a predict carries the version of the weights", async () => {
  await using worker = new ProtocolWorker(nodeProgram([], {}));
  const models = { reloader: pathOf("reloader"), trainer: pathOf("trainer"), context: pathOf("context") };
  await worker.ask({ type: "start", protocol: 1, models, weights: { reloader: weights(7, "seven") } });
  let id = 0;
  const predict = (model: string) => worker.ask({ type: "predict", id: ++id, model, requestId: "r", args: {} });
  const reload = (to: ReturnType<typeof weights> | null) =>
    worker.ask({ type: "reload", id: ++id, model: "reloader", weights: to });
  const answered = (value: unknown, version: number) => ({ outcome: { ok: true, value }, version });

  expect(await predict("reloader")).toMatchObject(answered({ weights: "seven" }, 7));
  expect(await predict("trainer")).toMatchObject(answered({ weights: "shipped" }, 0));
  expect(await reload(weights(9, "nine"))).toEqual({ type: "outcome", id, ...answered(null, 9) });
  expect(await predict("reloader")).toMatchObject(answered({ weights: "reloaded nine" }, 9));
  expect(await reload(weights(10, "broken"))).toEqual({
    type: "outcome",
    id,
    outcome: { ok: false, error: { code: "internal", message: "The file has no weights." } },
    version: 9,
  });
  expect(await predict("reloader")).toMatchObject(answered({ weights: "reloaded nine" }, 9));
  expect(await reload(null)).toMatchObject(answered(null, 0));
  expect(await predict("reloader")).toMatchObject(answered({ weights: "shipped again" }, 0));

  const batch = { type: "predictBatch", model: "context", requestId: "r", callers: [null], argsList: [{}] } as const;
  expect(await worker.ask({ ...batch, id: ++id })).toMatchObject({ type: "outcomes", version: 0 });
  await worker.send({ type: "stream", id: ++id, model: "context", requestId: "r", args: {} });
  expect(await worker.ask({ type: "next", id })).toMatchObject({ type: "item", id, version: 0 });
  expect(await worker.ask({ type: "next", id })).toEqual({ type: "end", id });
});

test.concurrent("messages of an unknown type and about an unknown id are ignored", async () => {
  await using worker = new ProtocolWorker(nodeProgram([], {}));
  await worker.ask({ type: "start", protocol: 1, models: { trainer: pathOf("trainer") }, weights: {} });
  await worker.send({ type: "later", id: 1 } as unknown as ToWorker);
  for (const type of ["next", "return"] as const) await worker.send({ type, id: 99 });
  await worker.send({ type: "saved", id: 99, n: 1 });
  const answer = await worker.ask({ type: "predict", id: 1, model: "trainer", requestId: "r", args: {} });
  expect(answer).toMatchObject({ type: "outcome", id: 1, outcome: { ok: true } });
});
