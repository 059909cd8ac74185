// One trace over the processes of `deepaas run`, as a collector receives it, with the otel.mjs of docs/operations.md.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { connectRest, connectWs } from "@deepaas/client";
import { RandomIdGenerator } from "@opentelemetry/sdk-trace";
import { expect, test } from "vitest";
import { serveDeepaas } from "./support/deepaas.ts";
import { type CollectedSpan, spanCollector } from "./support/span-collector.ts";

const model = fileURLToPath(new URL("support/traced-model.ts", import.meta.url));
const readme = new URL("readme/", import.meta.url);

/** The variables that docs/operations.md sets. */
function documentedEnv(): Record<string, string> {
  const lines = readFileSync(new URL("otel.sh", readme), "utf8").matchAll(/^export (\w+)="?([^"\n]*)"?$/gm);
  // The folder of otel.sh has the settings of another example.
  return Object.fromEntries([...lines].map(([, name = "", value = ""]) => [name, value.replace("./", readme.href)]));
}

/** `delayMs`: the time between two exports. */
async function traced(args: readonly string[] = [], { delayMs = 50 } = {}) {
  const collector = await spanCollector();
  const own = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: String(delayMs) };
  const env = { ...documentedEnv(), ...own };
  const served = await serveDeepaas([`traced=${model}`, ...args], { env });
  return {
    collector,
    url: served.url,
    served,
    async [Symbol.asyncDispose]() {
      await served[Symbol.asyncDispose]();
      await collector[Symbol.asyncDispose]();
    },
  };
}

const ids = new RandomIdGenerator();

/** The span of a client that has a tracer of its own. */
function clientSpan() {
  const [traceId, spanId] = [ids.generateTraceId(), ids.generateSpanId()];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-01` };
}

/** The names of the spans of a trace, each below its parent. */
function tree(spans: readonly CollectedSpan[], parentSpanId: string): object {
  const children = spans.filter((span) => span.parentSpanId === parentSpanId);
  return Object.fromEntries(children.map(({ name, spanId }) => [name, tree(spans, spanId)]));
}

const traceOf = (spans: readonly CollectedSpan[], traceId: string) => spans.filter((span) => span.traceId === traceId);

test("a predict is one trace: client, server, queue, execution, the model in its worker, and its own span", async () => {
  await using server = await traced();
  const { collector } = server;
  const service = connectRest(server.url);
  const { traceId, spanId, traceparent } = clientSpan();
  const pid = await service.predict("traced", {}, { traceparent });
  expect(pid).not.toBe(server.served.child.pid);
  await collector.until("own work");
  await collector.until("POST /v2/models/{model}/predict/");
  expect(tree(traceOf(collector.spans, traceId), spanId)).toEqual({
    "POST /v2/models/{model}/predict/": {
      "queue traced": {},
      "execute traced": { "traced.predict": { "own work": {} } },
    },
  });
  // Another client has another trace.
  expect(await service.predict("traced", {})).toBe(pid);
  const other = (await collector.until("own work", 2)).at(-1);
  expect(other?.traceId).not.toBe(traceId);
});

test("a training whose worker is killed is one trace with two attempts", async () => {
  await using server = await traced();
  const { collector } = server;
  const service = connectWs(server.url);
  const { traceId, spanId, traceparent } = clientSpan();
  const { id } = await service.train("traced", {}, { traceparent });
  for await (const _ of service.watch(id));
  service.close();
  await collector.until("own training");
  const attempts = await collector.until("attempt traced", 2);
  const trace = traceOf(collector.spans, traceId);
  expect(attempts.map(({ traceId: of, failed, attributes }) => [of, failed, attributes["deepaas.run.event"]])).toEqual([
    [traceId, true, "lost"],
    [traceId, false, "succeeded"],
  ]);
  const [submitted] = trace.filter(({ name }) => name === "submit traced");
  expect(attempts.every(({ parentSpanId }) => parentSpanId === submitted?.spanId)).toBe(true);
  const [first, second] = attempts as [CollectedSpan, CollectedSpan];
  // The first worker had no time to export the span of its model.
  expect(tree(trace, first.spanId)).toEqual({ "store claim": {} });
  expect(tree(trace, second.spanId)).toEqual({ "store claim": {}, "traced.train": { "own training": {} } });
  expect(tree(trace, spanId)).toMatchObject({ train: { "submit traced": { "store create": {} } } });
});

test("with --inline the model's own span is in the trace, and the last spans are exported at the end", async () => {
  await using server = await traced(["--inline"], { delayMs: 600_000 });
  const { traceId, spanId, traceparent } = clientSpan();
  const pid = await connectRest(server.url).predict("traced", {}, { traceparent });
  expect(pid).toBe(server.served.child.pid);
  await server.served.end();
  expect(tree(traceOf(server.collector.spans, traceId), spanId)).toMatchObject({
    "POST /v2/models/{model}/predict/": { "execute traced": { "traced.predict": { "own work": {} } } },
  });
});
