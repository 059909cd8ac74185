// What an operator sees of a running server: its metrics, traces and access log.
import type { ModelService } from "@deepaas/core";
import type { AdapterObserver, HostObserver } from "@deepaas/core/ports";
import { accessLog } from "@deepaas/protocol";
import type { RunSettings } from "../settings/run-settings.ts";
import type { ServerLog } from "./server-log.ts";
import { openTraces, type Traces } from "./traces.ts";

export interface Observers extends ObservedMetrics {
  /** Undefined if tracing is not set up. */
  readonly traces: Traces | undefined;
}

interface ObservedMetrics {
  /** For the option `observer` of the host. */
  readonly host: readonly HostObserver[];
  /** For the option `observer` of the adapters. */
  readonly adapter: readonly AdapterObserver[];
  /** For the option `metrics` of the server. Undefined if metrics are off or have a port of their own. */
  readonly metrics: ((service: ModelService) => Promise<string>) | undefined;
  /** Serves the metrics on a port of their own, if they have one: then returns their URL. Throws if it cannot listen. */
  listen(service: ModelService): Promise<string | undefined>;
  close(): void;
}

type ObserverSettings = Pick<RunSettings, "metrics" | "metricsPort" | "metricsIp" | "accessLog">;

export async function openObservers(settings: ObserverSettings, log: Pick<ServerLog, "access">): Promise<Observers> {
  const [metrics, traces] = await Promise.all([openMetrics(settings), openTraces()]);
  const adapter = settings.accessLog ? [accessLog(log.access()), ...metrics.adapter] : metrics.adapter;
  if (!traces) return { ...metrics, adapter, traces };
  return {
    ...metrics,
    host: [...metrics.host, traces.host],
    adapter: [...adapter, traces.adapter],
    traces,
  };
}

async function openMetrics({
  metrics: isOn,
  metricsPort: port,
  metricsIp: ip,
}: ObserverSettings): Promise<ObservedMetrics> {
  if (!isOn) return { host: [], adapter: [], metrics: undefined, listen: async () => undefined, close() {} };
  const { metrics } = await import("@deepaas/metrics");
  const observed = metrics();
  let closePort = () => {};
  return {
    host: [observed.host],
    adapter: [observed.adapter],
    metrics: port === undefined ? (service) => observed.render(service) : undefined,
    async listen(service) {
      if (port === undefined) return undefined;
      const { serveMetrics } = await import("./metrics-server.ts");
      const served = await serveMetrics(() => observed.render(service), {
        ip,
        port,
        contentType: observed.contentType,
      });
      closePort = served.close;
      return served.url;
    },
    close() {
      closePort();
      observed.close();
    },
  };
}
