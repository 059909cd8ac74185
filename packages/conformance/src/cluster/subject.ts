// What the cluster suite asks of its caller, and what its cases receive.
import type { ModelService } from "@deepaas/core";
import type { Control } from "../control.ts";
import type { FixtureName } from "../fixture-models.ts";
import type { CaseDraft, SuiteOptions } from "../suite.ts";
import type { ClusterRequirementId } from "./requirements.ts";

export type NodeRole = "both" | "serve" | "train";

/** The node to start. */
export interface ClusterNodeSetup {
  /**
   * Nodes with the same one share a store, an engine and blobs, which are empty before the first of them starts. Each case has
   * one of its own, such as `cluster_7`: a name for a schema, a prefix or a folder.
   */
  readonly cluster: string;
  /** `HostNode.id`. A case may start a node of the same id again, after the one before has ended. */
  readonly id: string;
  readonly labels: readonly string[];
  /** `serve`: it executes no run (`HostNode.trains`). `train`: it need not answer predicts. */
  readonly role: NodeRole;
  /** The fixture models to serve, from `@deepaas/conformance/models/<name>`. */
  readonly models: readonly FixtureName[];
  /** The lease of the engine, in milliseconds: the nodes of a case have the same. */
  readonly leaseMs: number;
  /** `limits.queuedRuns` of the host. Undefined: its default. */
  readonly queuedRuns: number | undefined;
}

/** A node in a process of its own, which executes one run at a time. */
export interface ClusterNode {
  /** Calls this node. */
  readonly service: ModelService;
  /** Kills it, as SIGKILL does. Resolves when it is gone. It may be frozen, or gone already. */
  kill(): Promise<void>;
  /** Stops its server without ending it, as SIGSTOP does. */
  freeze(): Promise<void>;
  /** It goes on, as after SIGCONT. */
  thaw(): Promise<void>;
  /** Tells it to end, as SIGTERM does. Resolves when it has ended; rejects if it failed. */
  end(): Promise<void>;
}

export type ClusterCapability =
  /** Nodes can be frozen. */
  | "freeze"
  /** The option `loseQueue`. */
  | "loseQueue";

export interface ClusterSuiteOptions extends SuiteOptions<ClusterCapability> {
  /** Makes the queue of a cluster empty, as a restart of a server does that keeps nothing. */
  readonly loseQueue?: (cluster: string) => Promise<void>;
}

export interface ClusterDraft extends CaseDraft<ClusterRequirementId, ClusterCapability> {
  /** Default 30,000: the case does not depend on it. */
  readonly leaseMs?: number;
  /** Default undefined. */
  readonly queuedRuns?: number;
  run(test: ClusterTest): Promise<void>;
}

export interface StartedOptions {
  readonly labels?: readonly string[];
  /** Default "both". */
  readonly role?: NodeRole;
}

export interface ClusterTest {
  /** The node ends with the case. */
  start(id: string, options?: StartedOptions): Promise<ClusterNode>;
  readonly control: Control;
  loseQueue(): Promise<void>;
}
