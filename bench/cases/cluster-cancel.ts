// A cancel on one node of a run that another node executes: time until the canceller sees the end of the run.
import type { ModelService } from "@deepaas/core";
import { serveDeepaas } from "../../test/support/deepaas.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { type BenchCase, type Measured, median } from "../bench-case.ts";
import {
  clientOf,
  isCheckpoint,
  measuredCluster,
  type Queue,
  reporterModel,
  startReporter,
  timeOf,
} from "../cluster.ts";

const cancels = 10;

/** Returns the longest time, in milliseconds. */
async function cancelTimes(service: ModelService): Promise<Measured> {
  const times: number[] = [];
  for (let i = 0; i < cancels; i++) {
    const id = await startReporter(service);
    await timeOf(service, id, isCheckpoint);
    const ended = timeOf(service, id, ({ type }) => type === "cancelled");
    const startedAt = performance.now();
    await service.cancel(id);
    times.push((await ended) - startedAt);
  }
  return { figure: Math.max(...times), also: { "ms median": median(times) } };
}

async function betweenNodes(queue: Queue): Promise<Measured> {
  await using cluster = await measuredCluster({ queue });
  const [cancelling] = await Promise.all([
    cluster.start({ id: "a", role: "serve" }),
    cluster.start({ id: "b", role: "train" }),
  ]);
  using service = clientOf(cancelling);
  return await cancelTimes(service);
}

export default {
  name: "cluster-cancel",
  against: "the same on one machine with SQLite",
  goal: { atMost: 1_000 },
  unit: "ms",
  figure: (subject) => subject,
  rounds: 5,

  async baseline() {
    using folder = tempFolder();
    const args = [reporterModel, "--data-dir", folder.path, "--shared-workers", "--log-level", "error"];
    await using server = await serveDeepaas(args, { keeps: true });
    using service = clientOf(server);
    return await cancelTimes(service);
  },

  subject: () => betweenNodes("postgres"),
  beside: { redis: () => betweenNodes("redis") },
} satisfies BenchCase;
