import type { ModelService, ServiceStats } from "@deepaas/core";
import type { AdapterObserver, HostObserver } from "@deepaas/core/ports";
import type { Registry } from "prom-client";
import { measureEventLoop } from "./event-loop.ts";
import { hostMetrics } from "./host-metrics.ts";
import { processMetrics } from "./process-metrics.ts";
import { Recorder } from "./recorder.ts";
import { requestMetrics } from "./request-metrics.ts";
import { serviceMetrics } from "./service-metrics.ts";

/** The metrics of one server. */
export interface Metrics {
  /** For the option `observer` of `createHost`. */
  readonly host: HostObserver;
  /** For the option `observer` of `createServer`, `rest` and `attachWs`. */
  readonly adapter: AdapterObserver;
  /** The media type of the text that `render` returns. */
  readonly contentType: string;
  /**
   * Returns all metrics in the text format of Prometheus. `service` is the host itself: what `withAccess` returns would ask for a
   * caller. Rejects as its `stats` does: `unavailable` while it is closing.
   */
  render(service: Pick<ModelService, "stats">): Promise<string>;
  /** Ends the timer that measures the delay of the event loop, which does not keep the process alive. May be called twice. */
  close(): void;
}

/**
 * Returns new metrics, all of which begin at 0. The usual series of a served model are there from the first scrape.
 *
 * @example
 * const observed = metrics();
 * const host = await createHost({ models, observer: observed.host });
 * const server = createServer(host, { observer: observed.adapter, metrics: () => observed.render(host) });
 */
export function metrics(): Metrics {
  const recorder = new Recorder();
  const host = hostMetrics(recorder);
  const adapter = requestMetrics(recorder);
  const close = measureEventLoop(recorder);
  let loaded: Promise<Loaded> | undefined;
  return {
    host: host.observer,
    adapter,
    contentType: "text/plain; version=0.0.4; charset=utf-8",
    async render(service) {
      loaded ??= load(recorder);
      const { registry, setService } = await loaded;
      const stats = await service.stats();
      for (const { model } of stats.models) host.beginModel(model);
      setService(stats);
      return registry.metrics();
    },
    close,
  };
}

interface Loaded {
  readonly registry: Registry;
  readonly setService: (stats: ServiceStats) => void;
}

async function load(recorder: Recorder): Promise<Loaded> {
  const client = await import("prom-client");
  const registry = new client.Registry();
  recorder.registerIn(client, registry);
  processMetrics(client, registry);
  return { registry, setService: serviceMetrics(client, registry) };
}
