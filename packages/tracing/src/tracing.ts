import type { AdapterObserver, HostObserver } from "@deepaas/core/ports";
import { adapterSpans } from "./adapter-spans.ts";
import { hostSpans } from "./host-spans.ts";
import { hasSdk } from "./sdk.ts";

export interface Tracing {
  /** For the option `observer` of `createHost`. */
  readonly host: HostObserver;
  /** For the option `observer` of the adapters. */
  readonly adapter: AdapterObserver;
}

/**
 * Returns observers that begin the spans of a server, for the OpenTelemetry SDK that is registered in the process. If none is
 * registered yet, they have no hooks, and cost nothing. The model's own spans belong to the same trace if it is called by the
 * default export of `@deepaas/tracing/worker`: the option `observer` of `workers`, or `modelObserver` of `createHost`.
 *
 * @example
 * const { host: hostObserver, adapter: adapterObserver } = tracing();
 * const observer = import.meta.resolve("@deepaas/tracing/worker");
 * const executor = workers({ module: "digits.ts", observer });
 * const host = await createHost({ executor, observer: hostObserver });
 * const server = createServer(host, { observer: adapterObserver });
 */
export function tracing(): Tracing {
  return hasSdk() ? { host: hostSpans(), adapter: adapterSpans } : { host: {}, adapter: {} };
}
