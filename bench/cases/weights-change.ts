// Going back to an earlier version of the weights of the digits example while 32 callers predict: the time, and no lost call.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { workers } from "@deepaas/workers";
import type { BenchCase, Measured } from "../bench-case.ts";
import { median } from "../bench-case.ts";

const example = join(import.meta.dirname, "..", "..", "examples", "digits");

async function milliseconds(callers: number): Promise<Measured> {
  const executor = workers({ modules: { digits: join(example, "digits.ts") } });
  await using host = await createHost({ executor });
  const image = readFileSync(join(example, "7.png"));
  const weights = readFileSync(join(example, "weights.bin"));
  await host.addVersion("digits", weights, { promote: "ask" });
  let stopped = false;
  let [answered, lost] = [0, 0];
  const calls = Array.from({ length: callers }, async () => {
    while (!stopped) {
      try {
        await host.predict("digits", { image });
        answered++;
      } catch {
        lost++;
      }
    }
  });
  await host.predict("digits", { image });
  const timings: number[] = [];
  for (const version of [1, 0, 1, 0, 1]) {
    const startedAt = performance.now();
    await host.serveVersion("digits", version);
    timings.push(performance.now() - startedAt);
  }
  stopped = true;
  await Promise.all(calls);
  return { figure: median(timings), also: { "calls lost": lost, "calls answered": answered } };
}

export default {
  name: "weights-change",
  against: "the same change without callers: one reload of a worker",
  goal: { atMost: 5 },
  alsoAtMost: { "calls lost": 0 },
  rounds: 5,
  baseline: () => milliseconds(0),
  subject: () => milliseconds(32),
} satisfies BenchCase;
