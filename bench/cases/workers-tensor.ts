// The time to pass 50 MiB to a model in a worker and back, as files.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, type ModelFile } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import { type BenchCase, median } from "../bench-case.ts";

const tensor = new Uint8Array(50 << 20).fill(7);

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const timings: number[] = [];
  for (let i = 0; i < 6; i++) {
    const startedAt = performance.now();
    await work();
    timings.push(performance.now() - startedAt);
  }
  return median(timings.slice(1));
}

export default {
  name: "workers-tensor",
  against: "writing and reading a temporary file of that size, once for each direction",
  goal: { atMost: 1.5 },
  rounds: 5,

  async baseline() {
    const folder = await mkdtemp(join(tmpdir(), "bench-tensor-"));
    const ms = await milliseconds(async () => {
      for (const name of ["in", "out"]) {
        await writeFile(join(folder, name), tensor);
        await readFile(join(folder, name));
        await rm(join(folder, name));
      }
    });
    await rm(folder, { recursive: true });
    return ms;
  },

  async subject() {
    const module = join(import.meta.dirname, "..", "worker-models", "echo.ts");
    const host = await createHost({ executor: workers({ module }) });
    const ms = await milliseconds(async () => {
      const answer = (await host.predict("echo", { tensor })) as ModelFile;
      await answer.bytes();
    });
    await host.close();
    return ms;
  },
} satisfies BenchCase;
