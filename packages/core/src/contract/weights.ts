// The versions of a model's weights, and which of them is served.
import type { JsonValue } from "./json.ts";
import type { MetricValue } from "./run.ts";

export type Metrics = Readonly<Record<string, MetricValue>>;

/**
 * Whether a new version is served: "always"; if its metric is better than that of the served version; or "ask": only when
 * somebody calls `serveVersion`.
 */
export type PromotionRule = "always" | "ask" | { readonly metric: string; readonly better: "higher" | "lower" };

export interface WeightsVersion {
  /** From 1, never reused. 0: the weights that the model is shipped with, which have none of the optional members. */
  readonly number: number;
  /** The newest metrics that the run reported before it published these weights. For version 0: `shippedMetrics`. */
  readonly metrics: Metrics;
  /** The run that published them. Absent for weights that were made elsewhere. */
  readonly runId?: string;
  /** The owner of the run. */
  readonly owner?: string;
  /** The result of the run. Absent if it has more than 65,536 characters as JSON; the run has it. */
  readonly result?: JsonValue;
  /** ISO 8601 in UTC. */
  readonly createdAt?: string;
  /** In bytes. */
  readonly size?: number;
  /** SHA-256 of the file, in hex. */
  readonly sha256?: string;
}

export interface AddVersionOptions {
  /** For the comparison with other versions. Default: none. */
  readonly metrics?: Readonly<Record<string, number>>;
  /** Replaces the model's own `promote` for this version. */
  readonly promote?: PromotionRule;
}

/** One change of the served version. */
export interface ServedChange {
  /** ISO 8601 in UTC. */
  readonly at: string;
  readonly from: number;
  readonly to: number;
  /** The id of the caller, or the owner of the run. Absent if the caller was not authenticated. */
  readonly by?: string;
  readonly reason: string;
}

/** The versions of one model. Plain JSON. */
export interface ModelVersions {
  readonly model: string;
  /** The number of the version that is served. */
  readonly served: number;
  /** How often the served version has changed. */
  readonly revision: number;
  /** Newest first; version 0 is the last. */
  readonly versions: readonly WeightsVersion[];
  /** The last 100 changes, newest first. */
  readonly history: readonly ServedChange[];
}
