// Two workers that are kept busy by 8 callers with 2 ms of CPU time a call.
import { fork } from "node:child_process";
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import type { BenchCase } from "../bench-case.ts";

const folder = join(import.meta.dirname, "..", "worker-models");
const args = { workMs: 2 };
const callers = 8;
const calls = 2_000;

/** Returns the calls per second of 8 callers. */
async function rate(call: () => Promise<unknown>): Promise<number> {
  const drive = async (count: number) => {
    let left = count;
    const caller = async () => {
      while (left-- > 0) await call();
    };
    await Promise.all(Array.from({ length: callers }, caller));
  };
  await drive(calls / 4);
  const startedAt = performance.now();
  await drive(calls);
  return (calls * 1_000) / (performance.now() - startedAt);
}

export default {
  name: "workers-busy",
  against: "two child processes that get the next call as soon as they have answered one, calls per second",
  goal: { atLeast: 0.92 },

  baseline() {
    const idle = [1, 2].map(() => fork(join(folder, "bare-work.ts")));
    const waiting: (() => void)[] = [];
    return rate(async () => {
      if (idle.length === 0) await new Promise<void>((resolve) => waiting.push(resolve));
      const child = idle.pop();
      if (!child) throw new Error("No child is idle.");
      await new Promise((resolve) => {
        child.once("message", resolve);
        child.send(args);
      });
      idle.push(child);
      waiting.shift()?.();
    });
  },

  async subject() {
    const host = await createHost({ executor: workers({ module: join(folder, "echo.ts"), predict: 2 }) });
    return rate(() => host.predict("echo", args));
  },
} satisfies BenchCase;
