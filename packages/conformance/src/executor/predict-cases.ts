import assert from "node:assert/strict";
import { DeepaasError, isModelFile, modelFile } from "@deepaas/core";
import type { Outcome } from "@deepaas/core/ports";
import { innerMessage } from "../models/failing.ts";
import { batchCallOf, bytes, callWith, codeIn, type ExecutorDraft, type ExecutorTest, valueIn } from "./subject.ts";

const slowArgs = ({ control }: ExecutorTest, label = "") => ({
  control: control.id,
  gate: "go",
  label,
  ignoresSignal: false,
});
const batchArgs = (value: number, how = "answer") => ({ control: "", value, how, gate: "" });
const streamArgs = ({ control }: ExecutorTest, more: object = {}) => {
  return { control: control.id, items: 5, padding: 0, at: -1, fault: "wait", ...more };
};

async function outcomes(stream: AsyncIterable<Outcome>): Promise<string[]> {
  const all = await Array.fromAsync(stream);
  return all.map((one) => (one.ok ? String((one.value as { i: number }).i) : one.error.code));
}

/** Returns what the model noted when it was stopped. */
async function aborted(test: ExecutorTest): Promise<readonly string[]> {
  const { executor, control, warm } = test;
  await warm();
  const abort = new AbortController();
  const call = executor.predict("slow", slowArgs(test), callWith(abort.signal));
  await control.waitForNotes("started");
  abort.abort(new DeepaasError("deadline_exceeded", "Too late."));
  const notes = await control.waitForNotes("aborted");
  assert.equal(codeIn(await call), "deadline_exceeded");
  return notes;
}

export const predictCases: readonly ExecutorDraft[] = [
  {
    title: "predict returns the model's value, and passes files in both directions",
    cites: ["predict.value", "predict.files"],
    models: ["echo", "file"],
    async run({ executor, warm }) {
      await warm();
      const args = { text: "x", count: 3, nested: { inner: { on: true } }, dictionary: { a: 1.5 }, tags: [] };
      assert.deepEqual(valueIn(await executor.predict("echo", args, callWith())), args);
      const file = modelFile(bytes("content"), { contentType: "x/y", originalFilename: "a.txt" });
      const echoed = valueIn(await executor.predict("echo", { ...args, file, files: [file, file] }, callWith()));
      const described = { contentType: "x/y", originalFilename: "a.txt", text: "content" };
      assert.deepEqual(echoed, { ...args, file: described, files: [described, described] });
      for (const as of ["bytes", "blob", "stream", "file"]) {
        const answer = valueIn(await executor.predict("file", { accept: "image/png", as, text: "ä" }, callWith()));
        assert.ok(isModelFile(answer));
        assert.deepEqual([answer.contentType, await answer.text()], ["image/png", "ä"]);
      }
    },
  },
  {
    title: "an error of the model is an outcome without details",
    cites: ["predict.error", "predict.hidden", "predict.not-json"],
    models: ["failing"],
    async run({ executor, warm }) {
      await warm();
      const of = async (how: string) => executor.predict("failing", { how }, callWith());
      assert.deepEqual(valueIn(await of("none")), { value: 1 });
      const hidden = await of("error");
      assert.equal(codeIn(hidden), "internal");
      assert.ok(!JSON.stringify(hidden).includes(innerMessage));
      for (const how of ["nan", "infinity", "cyclic", "bigint", "function", "map"]) {
        assert.equal(codeIn(await of(how)), "invalid_response", how);
      }
      assert.equal(codeIn(await of("deepaas")), "rate_limited");
    },
  },
  {
    title: "a DeepaasError of the model is the outcome unchanged",
    cites: ["predict.error"],
    needs: ["context"],
    models: ["failing"],
    async run({ executor, warm }) {
      await warm();
      const error = { code: "rate_limited", message: "Try again later.", retryAfterMs: 1234, status: 420 };
      const outcome = await executor.predict("failing", { how: "deepaas" }, callWith());
      assert.deepEqual(outcome, { ok: false, error, version: 0 });
    },
  },
  {
    title: "aborting a call stops the model, and the outcome has the code of the abort",
    cites: ["predict.abort"],
    models: ["slow"],
    async run(test) {
      await aborted(test);
    },
  },
  {
    title: "aborting a call aborts the model's signal with the same code",
    cites: ["predict.signal"],
    needs: ["context"],
    models: ["slow"],
    async run(test) {
      assert.deepEqual(await aborted(test), ["deadline_exceeded"]);
    },
  },
  {
    title: "as many calls run at the same time as there are slots",
    cites: ["predict.at-once"],
    models: ["slow"],
    async run(test) {
      const { executor, control, warm } = test;
      await warm();
      const count = Math.min(executor.slots.predict, 4);
      const calls = Array.from({ length: count }, (_, i) =>
        executor.predict("slow", slowArgs(test, `${i}`), callWith()),
      );
      await control.waitForNotes("started", count);
      await control.open("go");
      const labels = (await Promise.all(calls)).map((one) => (valueIn(one) as { label: string }).label);
      assert.deepEqual(
        labels,
        Array.from({ length: count }, (_, i) => `${i}`),
      );
    },
  },
  {
    title: "a batch returns one outcome for each call, in order; an error as a result fails its call only",
    cites: ["batch.order", "batch.items", "batch.single"],
    models: ["batch"],
    async run({ executor, warm }) {
      await warm();
      const hows = ["answer", "fail", "answer", "refuse", "nan", "answer"];
      const all = await executor.predictBatch(
        "batch",
        hows.map((how, i) => batchArgs(i, how)),
        batchCallOf(hows.map(() => undefined)),
      );
      const codes = all.map((one) => (one.ok ? (one.value as { value: number }).value : one.error.code));
      assert.deepEqual(codes, [0, "internal", 2, "permission_denied", "invalid_response", 5]);
      assert.deepEqual(valueIn(await executor.predict("batch", batchArgs(7), callWith())), { value: 7, of: 1 });
    },
  },
  {
    title: "a batch that fails, or returns too few results, fails each of its calls",
    cites: ["batch.whole"],
    models: ["batch"],
    async run({ executor, warm }) {
      await warm();
      for (const [how, code] of [
        ["poison", "internal"],
        ["short", "invalid_response"],
      ] as const) {
        const argsList = [batchArgs(1), batchArgs(2, how), batchArgs(3)];
        const all = await executor.predictBatch("batch", argsList, batchCallOf([undefined, undefined, undefined]));
        assert.deepEqual(all.map(codeIn), [code, code, code]);
      }
    },
  },
  {
    title: "a stream yields an outcome for each item, and ends after one that is not ok",
    cites: ["stream.order", "stream.error"],
    models: ["stream"],
    async run(test) {
      const { executor, warm } = test;
      await warm();
      const of = (more: object) => outcomes(executor.predictStream("stream", streamArgs(test, more), callWith()));
      assert.deepEqual(
        await of({ items: 30 }),
        Array.from({ length: 30 }, (_, i) => `${i}`),
      );
      assert.deepEqual(await of({ items: 0 }), []);
      for (const [fault, code] of [
        ["error", "internal"],
        ["deepaas", "failed_precondition"],
        ["nan", "invalid_response"],
      ]) {
        assert.deepEqual(await of({ at: 2, fault }), ["0", "1", code]);
      }
    },
  },
  {
    title: "items are made when they are requested, and ending the iteration stops the model",
    cites: ["stream.pull", "stream.return"],
    models: ["stream", "trainer"],
    async run(test) {
      const { executor, control, warm } = test;
      await warm();
      const items = 20_000;
      const args = streamArgs(test, { items, padding: 10_000 });
      const stream = executor.predictStream("stream", args, callWith())[Symbol.asyncIterator]();
      for (let i = 0; i < 3; i++) await stream.next();
      for (let i = 0; i < 50; i++) await executor.predict("trainer", {}, callWith());
      await stream.return?.();
      const { made, hasEnded } = JSON.parse((await control.waitForNotes("stopped"))[0] as string) as {
        made: number;
        hasEnded: boolean;
      };
      assert.equal(hasEnded, false);
      assert.ok(made < items / 2, `${made} items were made and 3 were read`);
    },
  },
  {
    title: "aborting the signal of a stream stops the model",
    cites: ["stream.return"],
    models: ["stream"],
    async run(test) {
      const { executor, control, warm } = test;
      await warm();
      const abort = new AbortController();
      const stream = executor.predictStream("stream", streamArgs(test, { at: 2 }), callWith(abort.signal));
      const seen: Outcome[] = [];
      for await (const outcome of stream) {
        if (seen.push(outcome) === 2) abort.abort(new DeepaasError("cancelled", "The test has enough items."));
      }
      assert.equal(codeIn(seen.at(-1)), "cancelled");
      assert.equal(seen.length, 3);
      await control.waitForNotes("stopped");
    },
  },
];
