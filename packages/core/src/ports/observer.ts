// Hooks around what a host does, for metrics and traces. Free when unused; a hook that throws is logged and ignored.
import type { ErrorCode } from "../contract/error.ts";
import type { Logger } from "../contract/logger.ts";
import type { CallerId } from "../contract/model-service.ts";
import type { RunFact } from "../contract/run.ts";

export interface HostObserver {
  /** A predict was accepted. The returned function is called when the caller has its answer. */
  predict?(call: {
    readonly model: string;
    readonly requestId: string;
    /** Undefined if the caller sent none. */
    readonly traceparent?: string | undefined;
    /** Undefined if the caller is not authenticated. */
    readonly caller?: CallerId | undefined;
  }):
    | ((end: {
        readonly error?: ErrorCode;
        /** The weights version that answered. Undefined if none did. */
        readonly version?: number | undefined;
      }) => void)
    | undefined;
  /** A batch begins to run. */
  batch?(batch: {
    readonly model: string;
    readonly size: number;
  }): ((end: { readonly failed: number; readonly retried: boolean }) => void) | undefined;
  /** An attempt of a run begins. The returned function is called with the event that ended it. */
  run?(run: {
    readonly model: string;
    readonly runId: string;
    readonly attempt: number;
    readonly owner?: string | undefined;
  }): ((end: { readonly type: RunFact["type"] | "stale" }) => void) | undefined;
  /**
   * Calls that wait and executions that run, after each change. After `Host.reloadCode` the calls of the code before are
   * reported on their own until they have ended.
   */
  queue?(queue: { readonly model: string; readonly waiting: number; readonly running: number }): void;
}

type Hook = (about: never) => unknown;

/** `observer` with every hook, and every function a hook gives, made unable to throw. */
export function guardedObserver(observer: HostObserver | undefined, logger: Logger): HostObserver | undefined {
  if (!observer) return undefined;
  const guard =
    (name: string, hook: Hook): Hook =>
    (about) => {
      try {
        const end = hook.call(observer, about);
        return typeof end === "function" ? guard(name, end as Hook) : undefined;
      } catch (error) {
        logger.error({ err: error, hook: name }, "an observer failed");
        return undefined;
      }
    };
  const names = ["predict", "batch", "run", "queue"] as const;
  return Object.fromEntries(
    names.flatMap((name) => (observer[name] ? [[name, guard(name, observer[name] as Hook)]] : [])),
  ) as HostObserver;
}
