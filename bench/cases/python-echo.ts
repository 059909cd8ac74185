// The time of a no-op predict in a worker for Python, compared with one for Node.js: the median of the calls of one caller.
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { type PythonModule, workers } from "@deepaas/workers";
import { type BenchCase, median, type Turn } from "../bench-case.ts";

const calls = 5_000;
const args = { text: "hello", n: 3, flag: true };
const model = (file: string) => join(import.meta.dirname, "..", "worker-models", file);

async function p50(echo: string | PythonModule): Promise<Turn> {
  const host = await createHost({ executor: workers({ modules: { echo } }) });
  const measure = async () => {
    const times: number[] = [];
    for (let i = 0; i < calls; i++) {
      const startedAt = performance.now();
      await host.predict("echo", args);
      times.push((performance.now() - startedAt) * 1000);
    }
    return { figure: median(times), also: {} };
  };
  await measure();
  return measure;
}

export default {
  name: "python-echo",
  against: "the same model in JavaScript in a worker for Node.js, time per call, p50",
  goal: { atMost: 1.6 },
  baseline: () => p50(model("echo.ts")),
  subject: () => p50({ module: model("echo.py"), runtime: "python" }),
} satisfies BenchCase;
