// The time of a predict in a worker, compared with a message to a bare child process.
import { fork } from "node:child_process";
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import { type BenchCase, microsecondsPerCall } from "../bench-case.ts";

const calls = 5_000;
const args = { text: "hello", n: 3, flag: true };

export default {
  name: "workers-echo",
  against: "the same JSON sent to a child process and back over its IPC channel",
  goal: { atMost: 2 },

  async baseline() {
    const child = fork(join(import.meta.dirname, "..", "worker-models", "bare-echo.ts"));
    const echo = () =>
      new Promise((resolve) => {
        child.once("message", resolve);
        child.send(args);
      });
    return microsecondsPerCall(calls, async (count) => {
      for (let i = 0; i < count; i++) await echo();
    });
  },

  async subject() {
    const module = join(import.meta.dirname, "..", "worker-models", "echo.ts");
    const host = await createHost({ executor: workers({ module }) });
    return microsecondsPerCall(calls, async (count) => {
      for (let i = 0; i < count; i++) await host.predict("echo", args);
    });
  },
} satisfies BenchCase;
