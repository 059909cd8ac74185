// What the cluster suite of `@deepaas/conformance` needs to run over `deepaas run`.
import { fileURLToPath } from "node:url";
import { connectRest } from "@deepaas/client";
import type { ClusterNode, ClusterNodeSetup } from "@deepaas/conformance";
import type { PostgresServer } from "@deepaas/conformance/servers";
import { type Cluster, newCluster } from "./cluster-nodes.ts";

export interface SuiteQueue {
  /** URL of the queue of the cluster of this number. Undefined: its database. */
  urlOf(cluster: number): string | undefined;
  lose(url: string): Promise<unknown>;
}

interface SuiteCluster {
  readonly nodes: Cluster;
  readonly queueUrl: string;
}

export interface SuiteNodes extends AsyncDisposable {
  startNode(setup: ClusterNodeSetup): Promise<ClusterNode>;
  loseQueue(cluster: string): Promise<void>;
}

/** Each cluster has a database of its own. */
export function suiteNodes(postgres: () => PostgresServer, queue: SuiteQueue): SuiteNodes {
  const clusters = new Map<string, Promise<SuiteCluster>>();
  const open = async (setup: ClusterNodeSetup, number: number): Promise<SuiteCluster> => {
    const store = await postgres().createDatabase();
    const queueUrl = queue.urlOf(number) ?? store;
    const models = setup.models.map(
      (name) => `${name}=${fileURLToPath(import.meta.resolve(`@deepaas/conformance/models/${name}`))}`,
    );
    const limits = setup.queuedRuns === undefined ? [] : ["--queued-runs", String(setup.queuedRuns)];
    const args = ["--shared-workers", ...limits];
    return {
      nodes: newCluster({ store, queue: queueUrl, models, leaseSeconds: setup.leaseMs / 1_000, args }),
      queueUrl,
    };
  };
  const clusterOf = (setup: ClusterNodeSetup): Promise<SuiteCluster> => {
    const known = clusters.get(setup.cluster) ?? open(setup, clusters.size);
    clusters.set(setup.cluster, known);
    return known;
  };
  return {
    // #region nodes
    async startNode(setup) {
      const { nodes } = await clusterOf(setup);
      // Starts `deepaas run` with the options of `setup`.
      const { url, signal, ended } = await nodes.start(setup);
      return {
        service: connectRest(url),
        async kill() {
          signal("SIGKILL");
          await ended;
        },
        freeze: async () => signal("SIGSTOP"),
        thaw: async () => signal("SIGCONT"),
        async end() {
          signal("SIGTERM");
          const { code, stderr } = await ended;
          if (code !== 0) throw new Error(`The node ${setup.id} ended with ${code}: ${stderr}`);
        },
      };
    },
    // #endregion nodes
    async loseQueue(cluster) {
      const { queueUrl } = (await clusters.get(cluster)) as SuiteCluster;
      await queue.lose(queueUrl);
    },
    async [Symbol.asyncDispose]() {
      for (const { nodes } of await Promise.all(clusters.values())) await nodes[Symbol.asyncDispose]();
    },
  };
}
