// The node of a run is killed with SIGKILL: time until another node begins the next attempt.
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchCase, Measured } from "../bench-case.ts";
import { clientOf, isCheckpoint, measuredCluster, type Queue, startReporter, timeOf } from "../cluster.ts";

const leaseSeconds = 12;
/** Moments of the kill, as shares of the interval in which a node extends its leases. */
const moments = [0.05, 0.55];

async function secondsToResume(queue: Queue): Promise<Measured> {
  await using cluster = await measuredCluster({ queue, leaseSeconds });
  using service = clientOf(await cluster.start({ id: "a", role: "serve" }));
  let training = await cluster.start({ id: "b0", role: "train" });
  const id = await startReporter(service);
  await timeOf(service, id, isCheckpoint);
  const seconds: number[] = [];
  for (const [i, moment] of moments.entries()) {
    const next = await cluster.start({ id: `b${i + 1}`, role: "train" });
    await sleep(moment * (leaseSeconds / 3) * 1_000);
    const resumed = timeOf(service, id, (event) => event.type === "started" && event.attempt === i + 2);
    const killedAt = performance.now();
    training.signal("SIGKILL");
    seconds.push(((await resumed) - killedAt) / 1_000);
    training = next;
  }
  return { figure: Math.max(...seconds), also: { "s shortest": Math.min(...seconds) } };
}

export default {
  name: "cluster-resume",
  against: "the lease",
  goal: { atMost: 2 },
  unit: "s longer",
  figure: (subject, baseline) => subject - baseline,
  rounds: 5,
  baseline: async () => leaseSeconds,
  subject: () => secondsToResume("postgres"),
  beside: { redis: () => secondsToResume("redis") },
} satisfies BenchCase;
