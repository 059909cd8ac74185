// The example as it is meant to be served: from workers. This process loads no model code.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createHost, DeepaasError, type JsonObject } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import { describe, expect, it } from "vitest";

const module = join(import.meta.dirname, "onnx.ts");
const slowModule = join(import.meta.dirname, "testing/slow.ts");
const seven = { image: readFileSync(new URL("../digits/7.png", import.meta.url)) };
const blank = { pixels: new Array<number>(784).fill(0) };
const fullOfInk = { pixels: new Array<number>(784).fill(1) };

interface Answer extends JsonObject {
  readonly predictions: readonly { readonly label: string; readonly probability: number }[];
}

/** CPU time of a process so far, in milliseconds. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "ok",
    (error: unknown) => (DeepaasError.is(error) ? error.code : String(error)),
  );

describe("from workers", () => {
  it("calls of many callers are told in batches, each with its own answer", async () => {
    const sizes: number[] = [];
    const execute = ({ size }: { readonly size: number }) => {
      sizes.push(size);
      return undefined;
    };
    await using host = await createHost({ executor: workers({ module }), observer: { execute } });
    const tops = Array.from({ length: 40 }, (_, index) => 1 + (index % 10));
    const answers = await Promise.all(tops.map((top) => host.predict("onnx", { ...blank, top }) as Promise<Answer>));
    expect(answers.map(({ predictions }) => predictions.length)).toEqual(tops);
    // The first finds the worker idle and does not wait for others.
    expect(sizes).toEqual([1, 32, 7]);
    expect(await host.predict("onnx", seven)).toMatchObject({ predictions: [{ label: "7" }, {}, {}] });
  });

  it("only the worker loads onnxruntime", async () => {
    const executor = workers({ module });
    await using host = await createHost({ executor });
    await host.predict("onnx", blank);
    const [worker = 0] = executor.pids();
    const mapped = (pid: number | "self") => readFileSync(`/proc/${pid}/maps`, "latin1");
    expect(mapped(worker)).toMatch(/onnxruntime/);
    expect(mapped("self")).not.toMatch(/onnxruntime/);
  });

  it("what a training publishes is served by each worker, none of which is started anew", async () => {
    const executor = workers({ module, predict: 2 });
    await using host = await createHost({ executor });
    const pids = executor.pids();
    // Both at once, so that each worker gets one.
    const ask = () => Promise.all([1, 2].map(() => host.predict("onnx", seven)));
    const before = await ask();
    await host.train("onnx", { epochs: 1, samples: 40 }, { runId: "first" });
    expect((await Array.fromAsync(host.watch("first"))).at(-1)?.type).toBe("succeeded");
    const after = await ask();
    expect(after[0]).toEqual(after[1]);
    expect(after[0]).not.toEqual(before[0]);
    expect(executor.pids()).toEqual(expect.arrayContaining([...pids]));
  });

  it("a worker that is killed inside onnxruntime loses the calls of its batch, and no other", async () => {
    const sizes: number[] = [];
    const execute = ({ size }: { readonly size: number }) => {
      sizes.push(size);
      return undefined;
    };
    const executor = workers({ modules: { onnx: slowModule }, backOffMs: 10 });
    await using host = await createHost({ executor, limits: { maxBatch: 4 }, observer: { execute } });
    const [killed = 0] = executor.pids();
    const told = [blank, ...Array(4).fill(fullOfInk), ...Array(6).fill(blank)].map((args) =>
      codeOf(host.predict("onnx", args)),
    );
    await expect.poll(() => sizes).toEqual([1, 4]);
    // All else that a call needs takes a few milliseconds.
    const before = cpuMs(killed);
    await expect.poll(() => cpuMs(killed) - before).toBeGreaterThan(500);
    process.kill(killed, "SIGKILL");
    const lost = Array(4).fill("worker_lost");
    expect(await Promise.all(told)).toEqual(["ok", ...lost, ...Array(6).fill("ok")]);
    expect(sizes).toEqual([1, 4, 4, 2]);
    expect(executor.status()).toEqual({ state: "ready", reasons: [] });
    expect(executor.pids()).toHaveLength(1);
    expect(executor.pids()).not.toContain(killed);
  });
});
