// A server that dies without a word, and the next one on the same store: memory stands for the disk.
import { createHash } from "node:crypto";
import { describe, expect, test, vi } from "vitest";
import { memoryBlobs } from "../in-memory/blob-store.ts";
import { memoryStore } from "../in-memory/run-store.ts";
import {
  createHost,
  FileField,
  type Host,
  type HostLimits,
  type Model,
  modelFile,
  silentLogger,
  type TrainContext,
  Type,
  type WarmContext,
} from "../index.ts";
import type { BlobRef } from "../ports/blob-store.ts";

/** What outlives a server. */
function disk() {
  const store = memoryStore();
  const kept = memoryBlobs();
  const put: BlobRef[] = [];
  const blobs = {
    ...kept,
    async put(source: Parameters<typeof kept.put>[0]) {
      const ref = await kept.put(source);
      put.push(ref);
      return ref;
    },
  };
  return {
    put,
    blobs,
    start: (models: Readonly<Record<string, Model>>, limits: HostLimits = {}): Promise<Host> =>
      createHost({ models, store, blobs, logger: silentLogger, limits: { graceMs: 0, ...limits } }),
  };
}

interface Attempt {
  readonly attempt: number;
  readonly resumedAt: number | undefined;
  readonly file: string | undefined;
}

/** Each attempt before the `last` one makes its checkpoints and then hangs; the server dies meanwhile. */
function hangingModel(last: number, { version, checkpoints = 0 }: { version?: string; checkpoints?: number } = {}) {
  const attempts: Attempt[] = [];
  const model = {
    getMetadata: () => ({ name: "m", ...(version !== undefined && { version }) }),
    async train(_args: never, run: TrainContext) {
      const { resumeFrom } = run;
      attempts.push({ attempt: run.attempt, resumedAt: resumeFrom?.step, file: await resumeFrom?.file?.text() });
      if (run.attempt >= last) return "done";
      for (let i = 1; i <= checkpoints; i++) {
        const step = 10 * run.attempt + i;
        await run.checkpoint({ step, file: new Blob([`weights ${step}`]) });
      }
      run.report({ message: "hangs" });
      return new Promise(() => {});
    },
  };
  return { model, attempts };
}

async function untilItHangs(host: Host, id: string, attempt: number): Promise<void> {
  let current = 0;
  for await (const event of host.watch(id)) {
    if (event.type === "started") current = event.attempt;
    if (event.type === "progress" && current === attempt) return;
  }
}

async function logOf(host: Host, id: string) {
  const events = await Array.fromAsync(host.watch(id));
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, i) => i + 1));
  return events;
}

describe("the next server", () => {
  test("goes on from the last checkpoint", async () => {
    const { start } = disk();
    const { model, attempts } = hangingModel(2, { checkpoints: 3 });
    const first = await start({ m: model });
    await first.train("m", {}, { runId: "r" });
    await untilItHangs(first, "r", 1);
    await using second = await start({ m: model });
    const types = (await logOf(second, "r")).map(({ type }) => type);
    expect(types.slice(-3)).toEqual(["lost", "started", "succeeded"]);
    expect(attempts[1]).toEqual({ attempt: 2, resumedAt: 13, file: "weights 13" });
  });

  test("starts over when the model has another version, and the log says so", async () => {
    const { start } = disk();
    const before = hangingModel(9, { checkpoints: 1, version: "1.0" });
    const first = await start({ m: before.model });
    await first.train("m", {}, { runId: "r" });
    await untilItHangs(first, "r", 1);
    const after = hangingModel(2, { version: "1.1" });
    await using second = await start({ m: after.model });
    const events = await logOf(second, "r");
    expect(after.attempts).toEqual([{ attempt: 2, resumedAt: undefined, file: undefined }]);
    expect(events).toContainEqual(
      expect.objectContaining({ type: "log", level: "warning", text: expect.stringMatching(/version 1\.0.* 1\.1/) }),
    );
  });

  test("goes on from the checkpoint before, when the last one's file cannot be read", async () => {
    const { start, put, blobs } = disk();
    const { model, attempts } = hangingModel(2, { checkpoints: 2 });
    const first = await start({ m: model });
    await first.train("m", {}, { runId: "r" });
    await untilItHangs(first, "r", 1);
    await blobs.delete(put[1] as BlobRef);
    await using second = await start({ m: model });
    const events = await logOf(second, "r");
    expect(attempts[1]).toEqual({ attempt: 2, resumedAt: 11, file: "weights 11" });
    expect(events).toContainEqual(expect.objectContaining({ type: "log", level: "error" }));
  });

  test("fails a run that took three servers along, without a checkpoint", async () => {
    const { start } = disk();
    const { model, attempts } = hangingModel(9);
    const first = await start({ m: model });
    await first.train("m", {}, { runId: "r" });
    await untilItHangs(first, "r", 1);
    for (const attempt of [2, 3]) await untilItHangs(await start({ m: model }), "r", attempt);
    await using last = await start({ m: model });
    expect((await logOf(last, "r")).at(-1)).toMatchObject({ type: "failed", error: { code: "worker_lost" } });
    expect(attempts.length).toBe(3);
  });

  test("gives it another try after each checkpoint", async () => {
    const { start } = disk();
    const { model } = hangingModel(6, { checkpoints: 1 });
    const first = await start({ m: model });
    await first.train("m", {}, { runId: "r" });
    await untilItHangs(first, "r", 1);
    for (const attempt of [2, 3, 4, 5]) await untilItHangs(await start({ m: model }), "r", attempt);
    await using last = await start({ m: model });
    expect((await logOf(last, "r")).at(-1)).toMatchObject({ type: "succeeded" });
  });

  test("does not hold against a run that its servers were shut down while it would not stop", async () => {
    const { start } = disk();
    const { model, attempts } = hangingModel(5);
    let host = await start({ m: model });
    await host.train("m", {}, { runId: "r" });
    for (const attempt of [1, 2, 3, 4]) {
      await untilItHangs(host, "r", attempt);
      await host.close();
      host = await start({ m: model });
    }
    const events = await logOf(host, "r");
    expect(events.at(-1)).toMatchObject({ type: "succeeded" });
    expect(events.flatMap((event) => (event.type === "lost" ? [event.reason] : []))).toEqual(Array(4).fill("shutdown"));
    expect(attempts.length).toBe(5);
    await host.close();
  });

  test("leaves the runs of a model that it does not serve as they are", async () => {
    const { start } = disk();
    const { model } = hangingModel(2);
    const first = await start({ m: model });
    await first.train("m", {}, { runId: "r" });
    await untilItHangs(first, "r", 1);
    const other = await start({ other: hangingModel(1).model });
    await other.train("other", {}, { runId: "mine" });
    await logOf(other, "mine");
    expect(await other.run("r")).toMatchObject({ state: "lost", attempt: 1 });
    await using again = await start({ m: model });
    expect((await logOf(again, "r")).at(-1)).toMatchObject({ type: "succeeded" });
  });

  test("removes at its start what is beyond the limits", async () => {
    const { start } = disk();
    const { model } = hangingModel(1);
    const first = await start({ m: model });
    for (const runId of ["a", "b"]) {
      await first.train("m", {}, { runId });
      await logOf(first, runId);
    }
    await using second = await start({ m: model }, { keepRuns: 1 });
    expect((await second.runs()).items.map(({ id }) => id)).toEqual(["b"]);
  });

  test("removes what is too old also while nothing ends", async () => {
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "Date"] });
    try {
      await using host = await disk().start({ m: hangingModel(1).model }, { keepDays: 1 });
      await host.train("m", {}, { runId: "a" });
      await logOf(host, "a");
      await vi.advanceTimersByTimeAsync(23 * 3_600_000);
      expect((await host.runs()).items.length).toBe(1);
      await vi.advanceTimersByTimeAsync(2 * 3_600_000);
      expect(await host.runs()).toEqual({ items: [], next: null });
    } finally {
      vi.useRealTimers();
    }
  });

  test("serves the shipped weights when the published ones are gone", async () => {
    const { start, put, blobs } = disk();
    const warmed: boolean[] = [];
    const model = {
      warm: ({ published }: WarmContext) => void warmed.push(published !== undefined),
      train: (_args: never, run: TrainContext) => run.publish(new Blob(["weights"])),
    };
    const first = await start({ m: model });
    await first.train("m", {}, { runId: "r" });
    await logOf(first, "r");
    await first.close();
    await (await start({ m: model })).close();
    await blobs.delete(put[0] as BlobRef);
    await using third = await start({ m: model });
    expect(warmed).toEqual([false, true, true, false]);
    const reason = "version 1 could not be loaded: its file is missing or damaged";
    expect((await third.versions("m")).history[0]).toMatchObject({ from: 1, to: 0, reason });
  });

  test("serves the version from before one that cannot be loaded, and records why", async () => {
    const { start } = disk();
    let shape = "good";
    let serving = "";
    const model = {
      async warm({ published }: WarmContext) {
        const weights = (await published?.text()) ?? "shipped";
        if (published && !weights.startsWith(shape)) throw new Error("wrong shape");
        serving = weights;
      },
      getTrainArgs: () => ({ weights: Type.String() }),
      train: ({ weights }: { weights: string }, run: TrainContext) => run.publish(new Blob([weights])),
    };
    const first = await start({ m: model });
    for (const weights of ["good", "bad"]) {
      await first.train("m", { weights }, { runId: weights });
      await logOf(first, weights);
    }
    await first.close();
    serving = "";
    await (await start({ m: model })).close();
    expect(serving).toBe("good");
    shape = "another";
    await using last = await start({ m: model });
    expect(serving).toBe("shipped");
    const { served, history } = await last.versions("m");
    expect(served).toBe(0);
    expect(history[0]).toMatchObject({ from: 1, to: 0, reason: "version 1 could not be loaded at the start" });
  });

  test("does not start with other weights when the published ones cannot be read at the moment", async () => {
    const { start, blobs } = disk();
    const model = {
      warm() {},
      train: (_args: never, run: TrainContext) => run.publish(new Blob(["weights"])),
    };
    const first = await start({ m: model });
    await first.train("m", {}, { runId: "r" });
    await logOf(first, "r");
    blobs.get = () => Promise.reject(new Error("too many open files"));
    await expect(start({ m: model })).rejects.toThrow("too many open files");
  });

  test("knows an argument's file again, whether or not its store tells what is in it", async () => {
    const { start, blobs } = disk();
    const { put } = blobs;
    const model = { ...hangingModel(1).model, getTrainArgs: () => ({ data: FileField() }) };
    const data = new TextEncoder().encode("the same bytes");
    const first = await start({ m: model });
    await first.train("m", { data }, { runId: "r" });
    const sha256 = createHash("sha256").update(data).digest("hex");
    blobs.put = async (source) => ({ ...(await put(source)), sha256 });
    blobs.get = () => Promise.reject(new Error("It need not be read."));
    await expect(first.train("m", { data }, { runId: "r" })).resolves.toMatchObject({ id: "r" });
    blobs.put = async (source) => ({ ...(await put(source)), sha256: sha256.replace(/^./, "x") });
    await expect(first.train("m", { data }, { runId: "r" })).rejects.toMatchObject({ code: "already_exists" });
  });

  test("sweeps the files that nothing refers to", async () => {
    const { start, blobs } = disk();
    const asked: boolean[] = [];
    const left = await blobs.put(modelFile(new Blob(["left"])));
    const swept = Promise.withResolvers<void>();
    const sweep = async (isKept: (id: string) => Promise<boolean>) => {
      asked.push(await isKept(left.id));
      swept.resolve();
    };
    Object.assign(blobs, { sweep });
    await using _host = await start({ m: hangingModel(1).model });
    await swept.promise;
    expect(asked).toEqual([false]);
  });
});
