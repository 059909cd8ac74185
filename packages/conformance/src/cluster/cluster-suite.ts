// The test suite of several nodes that share a store, an engine and blobs.
import { createControl } from "../control.ts";
import { type Case, casesFrom } from "../suite.ts";
import { anyNodeCases } from "./any-node-cases.ts";
import { deathCases } from "./death-cases.ts";
import { endCases } from "./end-cases.ts";
import { queueCases } from "./queue-cases.ts";
import type { ClusterDraft, ClusterNode, ClusterNodeSetup, ClusterSuiteOptions, StartedOptions } from "./subject.ts";

const drafts: readonly ClusterDraft[] = [...anyNodeCases, ...queueCases, ...deathCases, ...endCases];
const defaultTimeoutMs = 60_000;
const longLeaseMs = 30_000;

/**
 * `startNode` resolves when the node serves. It is called for each node of a case, and again for each restart. The nodes of a
 * case are killed at its end. The default of `timeoutMs` is 60,000: a case starts up to 13 nodes.
 */
export function clusterSuite(
  startNode: (setup: ClusterNodeSetup) => Promise<ClusterNode>,
  options: ClusterSuiteOptions = {},
): readonly Case[] {
  const { loseQueue } = options;
  let clusters = 0;
  const open = async ({ run, leaseMs = longLeaseMs, queuedRuns }: ClusterDraft) => {
    const cluster = `cluster_${++clusters}`;
    const control = await createControl();
    const starting: Promise<ClusterNode>[] = [];
    const test = {
      control,
      start(id: string, { labels = [], role = "both" }: StartedOptions = {}) {
        const models = ["trainer", "gpu-trainer"] as const;
        const node = startNode({ cluster, id, labels, role, models, leaseMs, queuedRuns });
        starting.push(node);
        return node;
      },
      async loseQueue() {
        if (!loseQueue)
          throw new Error('The suite has no option `loseQueue`. Give it, or name "loseQueue" in the option `lacks`.');
        await loseQueue(cluster);
      },
    };
    const close = async () => {
      const started = await Promise.allSettled(starting);
      await Promise.all(started.map(async (one) => one.status === "fulfilled" && one.value.kill()));
      await control.close();
    };
    return { run: () => run(test), close };
  };
  return casesFrom(drafts, open, { timeoutMs: defaultTimeoutMs, ...options });
}
