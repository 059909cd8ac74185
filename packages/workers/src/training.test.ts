import { modelFile, silentLogger } from "@deepaas/core";
import type { TrainCall } from "@deepaas/core/ports";
import { expect, test } from "vitest";
import type { SaveMessage } from "./messages.ts";
import { workerOutput } from "./output.ts";
import type { SharedFolder } from "./shared-folder.ts";
import { recordingWorker } from "./testing/recording-worker.ts";
import { trainOn } from "./training.ts";

function startTraining() {
  const { worker, sent, answer } = recordingWorker();
  const calls: unknown[] = [];
  const record = (name: string) => (first: unknown) => {
    calls.push([name, first]);
    return Promise.resolve();
  };
  const call: TrainCall = {
    signal: new AbortController().signal,
    graceMs: 0,
    report: (progress) => void calls.push(["report", progress]),
    log: (text) => void calls.push(["log", text]),
    checkpoint: record("checkpoint"),
    artifact: record("artifact"),
    publish: record("publish"),
  };
  const job = { runId: "run", model: "m", args: {}, caller: { id: "ann" }, attempt: 2, traceparent: "t" };
  const folder = { delete() {} } as unknown as SharedFolder;
  const output = workerOutput({ logger: silentLogger, maxLinesPerSecond: 1, onLine: () => {} });
  const outcome = trainOn(worker, { job: { ...job, resumeFrom: undefined }, call }, { folder, output, stallMs: 0 });
  const end = () => {
    answer({ type: "outcome", id: 1, outcome: { ok: true, value: null } });
    return outcome;
  };
  return { sent, answer, calls, end };
}

test("a training carries the caller and the trace context of its run, and reports are passed on in their wire form", async () => {
  const { sent, answer, calls, end } = startTraining();
  const progress = { type: "progress", step: 1, metrics: { loss: "NaN" } } as const;
  answer({ type: "report", id: 1, progress });
  expect(await end()).toEqual({ ok: true, value: null });
  expect(calls).toEqual([["report", progress]]);
  const job = { runId: "run", model: "m", args: {}, caller: { id: "ann" }, attempt: 2, traceparent: "t" };
  expect(sent).toEqual([{ type: "train", id: 1, ...job, resumeFrom: null }]);
});

test.each([
  ["an unknown option of publish", { what: "publish", options: { promotes: "ask" } }],
  ["a publish without options", { what: "publish" }],
  ["an unknown kind", { what: "upload" }],
])("%s in a save request is refused, and the worker is told why", async (_, request) => {
  const { sent, answer, calls, end } = startTraining();
  const file = modelFile(new Uint8Array());
  answer({ type: "save", id: 1, n: 1, file, ...request } as unknown as SaveMessage);
  await end();
  expect(calls).toEqual([]);
  expect(sent.at(-1)).toMatchObject({ type: "saved", id: 1, n: 1, error: { code: "invalid_args" } });
});
