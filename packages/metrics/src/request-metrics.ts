// What the adapters tell: requests and how long they took.
import type { AdapterObserver, Observed, RequestEnd } from "@deepaas/core/ports";
import { callSeconds } from "./buckets.ts";
import { clock } from "./clock.ts";
import { once } from "./once.ts";
import type { Recorder } from "./recorder.ts";

export function requestMetrics(recorder: Recorder): AdapterObserver {
  const durations = recorder.histogram(
    {
      name: "deepaas_request_duration_seconds",
      help: "Time from the arrival of a request or RPC call to the end of its response.",
    },
    callSeconds,
  );
  const counts = recorder.counter({ name: "deepaas_requests_total", help: "Requests and RPC calls that have ended." }, [
    "adapter",
    "operation",
    "model",
    "code",
  ]);
  const requestsOf = once((adapter) =>
    once((operation) =>
      once((model) => ({
        duration: durations({ adapter, operation, model }),
        countOf: once((code) => counts({ adapter, operation, model, code })),
      })),
    ),
  );
  type OfAdapter = ReturnType<typeof requestsOf>;

  class Request implements Observed<RequestEnd> {
    readonly #requestsOf: OfAdapter;
    readonly #startedAt = clock.now();

    constructor(ofAdapter: OfAdapter) {
      this.#requestsOf = ofAdapter;
    }

    /** A path that is no route, and a name of no model, are chosen by the client: they are no labels. */
    end({ operation = "none", model = "", error }: RequestEnd): void {
      const { duration, countOf } = this.#requestsOf(operation)(model);
      duration.observe((clock.now() - this.#startedAt) / 1_000);
      countOf(error ?? "ok").value++;
    }
  }

  return { request: ({ adapter }) => new Request(requestsOf(adapter)) };
}
