// The nodes of a cluster as an operator starts them: `deepaas run` in processes of their own.
import { join } from "node:path";
import { type Ended, launchDeepaas } from "./deepaas.ts";
import { tempFolder } from "./temp-folder.ts";

/** What all nodes share. */
export interface ClusterOptions {
  /** What `deepaas run` serves: modules, or `name=module`. */
  readonly models: readonly string[];
  /** URL of a Postgres database, such as one of `PostgresServer.createDatabase`. */
  readonly store: string;
  /** URL of the queue. Default: the database of `store`. */
  readonly queue?: string;
  /** Default: a temporary folder. */
  readonly files?: string;
  /** Default 2. */
  readonly leaseSeconds?: number;
  /** Further options of each node. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface NodeOptions {
  /** Its name. */
  readonly id: string;
  readonly labels?: readonly string[];
  /** Default "both". */
  readonly role?: "both" | "serve" | "train";
  /** Further options of this node. */
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
}

export interface ClusterNode {
  readonly id: string;
  /** Without a slash at its end. */
  readonly url: string;
  /** Of the server; its workers are other processes. */
  readonly pid: number;
  /** What it has written until now. */
  readonly said: { readonly stdout: string; readonly stderr: string };
  /** See `Launched`. */
  processes(): readonly number[];
  /** Resolves when it has ended, however that happened. */
  readonly ended: Promise<Ended>;
  /** Sends a signal to the server, such as SIGKILL, SIGTERM, SIGSTOP and SIGCONT. */
  signal(name: NodeJS.Signals): void;
}

export interface Cluster extends AsyncDisposable {
  /** Resolves when the node serves. Rejects with what it wrote if it ends before. */
  start(options: NodeOptions): Promise<ClusterNode>;
  /** All nodes that were started, also those that have ended. */
  readonly nodes: readonly ClusterNode[];
}

/** Starts no node yet. `await using` kills the nodes and removes the temporary folder. */
export function newCluster(shared: ClusterOptions): Cluster {
  const nodes: ClusterNode[] = [];
  const launches: AsyncDisposable[] = [];
  const folder = tempFolder();
  const { files = join(folder.path, "files") } = shared;
  // What killed nodes leave there is removed with it.
  const common = { ...shared.env, TMPDIR: folder.path, DEEPAAS_STORE: shared.store, DEEPAAS_QUEUE: shared.queue };
  return {
    nodes,
    async start(options) {
      const env = { ...common, ...options.env };
      const launched = launchDeepaas(argsOf({ ...shared, files }, options), { keeps: true, env });
      launches.push(launched);
      const node: ClusterNode = {
        id: options.id,
        url: await launched.ready,
        pid: launched.child.pid as number,
        said: launched.said,
        processes: launched.processes,
        ended: launched.ended,
        signal: (name) => void launched.child.kill(name),
      };
      nodes.push(node);
      return node;
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(launches.map((one) => one[Symbol.asyncDispose]()));
      folder[Symbol.dispose]();
    },
  };
}

function argsOf(
  { models, files = "", leaseSeconds = 2, args: common = [] }: ClusterOptions,
  { id, labels = [], role = "both", args = [] }: NodeOptions,
): string[] {
  const options = ["--node", id, "--role", role, "--files", files, "--lease-seconds", String(leaseSeconds)];
  const labelOptions = labels.length > 0 ? ["--labels", labels.join(",")] : [];
  return [...models, ...options, ...labelOptions, ...common, ...args];
}
