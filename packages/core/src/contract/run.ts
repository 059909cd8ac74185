// A run is one training: its record, and the numbered events of its log.
import type { ErrorData } from "./error.ts";
import type { JsonObject, JsonValue } from "./json.ts";

/**
 * `lost`: the attempt ended with its worker or server; the next one follows. `succeeded`, `failed` and `cancelled`
 * are terminal.
 */
export const runStates = ["queued", "running", "stopping", "lost", "succeeded", "failed", "cancelled"] as const;
export type RunState = (typeof runStates)[number];

export type LogLevel = "debug" | "info" | "warning" | "error";
/** A metric as it crosses a wire: JSON has no NaN and no infinities. */
export type MetricValue = number | "NaN" | "Infinity" | "-Infinity";

export interface ProgressFact {
  readonly type: "progress";
  readonly step?: number;
  readonly total?: number;
  readonly metrics?: Readonly<Record<string, MetricValue>>;
  readonly message?: string;
  /** How many reports were folded into this event, when a model reports faster than can be told. */
  readonly merged?: number;
}

export interface ArtifactInfo {
  readonly name: string;
  /** In bytes. */
  readonly size: number;
  readonly contentType: string;
}

export type RunFact =
  | { readonly type: "queued" }
  | { readonly type: "started"; readonly attempt: number }
  | ProgressFact
  | { readonly type: "log"; readonly level: LogLevel; readonly text: string }
  | ({ readonly type: "artifact" } & ArtifactInfo)
  | { readonly type: "checkpoint"; readonly step: number }
  | { readonly type: "published" }
  | { readonly type: "stopping"; readonly reason?: string }
  | { readonly type: "lost"; readonly reason: string }
  | { readonly type: "succeeded"; readonly result: JsonValue }
  | { readonly type: "failed"; readonly error: ErrorData }
  | { readonly type: "cancelled"; readonly reason?: string };

/** One line of a run's log. `seq` is dense and starts at 1; `at` is ISO 8601 in UTC. Frozen. */
export type RunEvent = { readonly seq: number; readonly at: string } & RunFact;

export interface Run {
  /** 1-64 of `A-Z a-z 0-9 _ -`; 32 hex digits when generated. */
  readonly id: string;
  readonly model: string;
  /** The id of the caller who started it. Absent if the caller was not authenticated. */
  readonly owner?: string;
  readonly state: RunState;
  /** 0 until it first starts. */
  readonly attempt: number;
  /** As validated, defaults filled in; secrets masked, files described. */
  readonly args: JsonObject;
  /** ISO 8601 in UTC, as are the two below. */
  readonly createdAt: string;
  readonly startedAt?: string;
  readonly endedAt?: string;
  /** The first event still held and the last one. */
  readonly firstSeq: number;
  readonly lastSeq: number;
  /** The newest of each: step, total, message, and every metric reported so far. */
  readonly progress?: Omit<ProgressFact, "type" | "merged">;
  readonly checkpoint?: { readonly step: number };
  readonly artifacts: readonly ArtifactInfo[];
  readonly result?: JsonValue;
  /** In a list: the result has more than 65,536 characters as JSON and is left out. `run` returns it. */
  readonly resultOmitted?: true;
  readonly error?: ErrorData;
  /** Why it was stopped or lost. */
  readonly reason?: string;
}

/** Selects runs by owner and model. */
export interface RunSelection {
  /** Only runs of this model, or of one of these. An empty list matches nothing. */
  readonly model?: string | readonly string[];
  /** Only runs of this owner, or of one of these. An empty list matches nothing. */
  readonly owner?: string | readonly string[];
}

export interface RunFilter extends RunSelection {
  /** Only runs that one of these selects, besides the other members. An empty list matches nothing. */
  readonly anyOf?: readonly RunSelection[];
  readonly state?: RunState | readonly RunState[];
  /** Created then or later; ISO 8601 with its offset, as are the two of them. */
  readonly createdSince?: string;
  /** Created before. */
  readonly createdBefore?: string;
  /** The `next` of an earlier page of the same order. */
  readonly after?: string;
  /** Default 100, at most 1,000. */
  readonly limit?: number;
  /** Default false: in the order they were created. */
  readonly newestFirst?: boolean;
  /**
   * In the order of the last value of this metric, the smallest first: a name of 1 to 256 characters. Runs without it, or whose
   * value is NaN, come last. Runs with the same value, and those without one, are in the order of their creation.
   */
  readonly orderByMetric?: string;
  /** With `orderByMetric`: the largest value first. Default false. */
  readonly descending?: boolean;
}

export interface Page<T> {
  readonly items: readonly T[];
  /** Give it as `after` for the next page; null at the end. */
  readonly next: string | null;
}

const terminalTypes: ReadonlySet<string> = new Set(["succeeded", "failed", "cancelled"]);

/** True for an event, or the state of a run, after which nothing follows. */
export function isTerminal(typeOrState: RunFact["type"] | RunState): boolean {
  return terminalTypes.has(typeOrState);
}
