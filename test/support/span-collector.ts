// An OpenTelemetry collector that keeps what it receives: OTLP over HTTP, as JSON.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { json } from "node:stream/consumers";

interface OtlpValue {
  readonly stringValue?: string;
  readonly intValue?: number;
  readonly boolValue?: boolean;
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: readonly { readonly key: string; readonly value: OtlpValue }[];
  readonly status: { readonly code?: number };
}

interface OtlpRequest {
  readonly resourceSpans: readonly { readonly scopeSpans: readonly { readonly spans: readonly OtlpSpan[] }[] }[];
}

export interface CollectedSpan extends Pick<OtlpSpan, "traceId" | "spanId" | "parentSpanId" | "name"> {
  readonly kind: string;
  readonly failed: boolean;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export interface SpanCollector extends AsyncDisposable {
  readonly url: string;
  readonly spans: readonly CollectedSpan[];
  /** Resolves with the spans of this name, once there are so many. */
  until(name: string, count?: number): Promise<readonly CollectedSpan[]>;
}

const kinds = ["unspecified", "internal", "server", "client", "producer", "consumer"];

export async function spanCollector(): Promise<SpanCollector> {
  const spans: CollectedSpan[] = [];
  let wake = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      const { resourceSpans } = body as OtlpRequest;
      spans.push(
        ...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans.map(collected))),
      );
      response.setHeader("Content-Type", "application/json").end("{}");
      wake.resolve();
      wake = Promise.withResolvers();
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    async until(name, count = 1) {
      for (;;) {
        const found = spans.filter((span) => span.name === name);
        if (found.length >= count) return found;
        await wake.promise;
      }
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
    },
  };
}

function collected({ traceId, spanId, parentSpanId, name, kind, attributes, status }: OtlpSpan): CollectedSpan {
  return {
    traceId,
    spanId,
    ...(parentSpanId && { parentSpanId }),
    name,
    kind: kinds[kind] ?? String(kind),
    failed: status.code === 2,
    attributes: Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]])),
  };
}
