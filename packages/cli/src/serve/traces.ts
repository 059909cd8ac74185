// Traces of `deepaas run`, if an OpenTelemetry SDK is registered in its process: `NODE_OPTIONS="--import ./otel.mjs"`.
import { settlesWithin } from "@deepaas/core";
import type { ModelObserver } from "@deepaas/core/ports";
import type { Tracing } from "@deepaas/tracing";
import { flushSpans, hasSdk } from "@deepaas/tracing/sdk";

export interface Traces extends Tracing {
  /** URL of the module that the workers load. They inherit NODE_OPTIONS, and so the SDK. */
  readonly modelModule: string;
  /** For models that run in this process. */
  readonly model: ModelObserver;
  /** Exports the spans that have ended, for at most a second. */
  flush(): Promise<void>;
}

/** Returns undefined without an SDK. */
export async function openTraces(): Promise<Traces | undefined> {
  if (!hasSdk()) return undefined;
  const [{ tracing }, { default: model }] = await Promise.all([
    import("@deepaas/tracing"),
    import("@deepaas/tracing/worker"),
  ]);
  return {
    ...tracing(),
    model,
    modelModule: import.meta.resolve("@deepaas/tracing/worker"),
    async flush() {
      await settlesWithin(1_000, flushSpans());
    },
  };
}
