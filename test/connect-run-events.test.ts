// The small client that only watches: over a real socket, through a network that drops, against a server with authentication.
import { connectRunEvents, keepWatching } from "@deepaas/client";
import { createHost, type RunEvent, type TrainContext } from "@deepaas/core";
import { expect, onTestFinished, test } from "vitest";
import { serveHttp } from "./support/serve-http.ts";
import { shakyProxy } from "./support/shaky-proxy.ts";

/** A host whose training reports a step whenever the test says so. */
async function stepwise() {
  const gates = Array.from({ length: 6 }, () => Promise.withResolvers<undefined>());
  const model = {
    async train(_args: unknown, run: Pick<TrainContext, "report" | "signal">) {
      run.signal.addEventListener("abort", () => {
        for (const gate of gates) gate.resolve(undefined);
      });
      for (const [step, gate] of gates.entries()) {
        await gate.promise;
        run.report({ step });
      }
    },
  };
  const host = await createHost({ models: { model } });
  onTestFinished(() => host.close({ drainMs: 0 }));
  return { host, pass: (step: number) => gates[step]?.resolve(undefined) };
}

async function collect(events: AsyncIterable<RunEvent>, onEvent: (event: RunEvent) => void = () => {}) {
  const seqs: number[] = [];
  for await (const event of events) {
    seqs.push(event.seq);
    onEvent(event);
  }
  return seqs;
}

test("keepWatching has every event once, through cut connections", async () => {
  const { host, pass } = await stepwise();
  await using served = await serveHttp(host);
  await using network = await shakyProxy(() => Number(new URL(served.url).port));
  const { id } = await host.train("model", {});
  const watched = keepWatching(connectRunEvents(network.url), id, { minDelayMs: 5, maxDelayMs: 20 });
  pass(0);
  const seqs = await collect(watched, (event) => {
    if (event.type !== "progress") return;
    network.cut();
    pass((event.step ?? 0) + 1);
  });
  expect(seqs).toEqual(Array.from({ length: seqs.length }, (_one, i) => i + 1));
  expect(seqs.length).toBeGreaterThanOrEqual(9);
  expect(network.connections).toBeGreaterThan(3);
});

test("an ended run is read from a cursor, and nothing follows its end", async () => {
  const { host, pass } = await stepwise();
  await using served = await serveHttp(host);
  const { id } = await host.train("model", {});
  for (let step = 0; step < 6; step++) pass(step);
  const all = await collect(host.watch(id));
  const { watch } = connectRunEvents(served.url);
  expect(await collect(watch(id))).toEqual(all);
  expect(await collect(watch(id, { after: all.length - 1 }))).toEqual([all.length]);
  expect(await collect(watch(id, { after: all.length }))).toEqual([]);
});

test("a refused handshake and a server that is gone are unavailable, a wrong token is unauthenticated", async () => {
  const { host } = await stepwise();
  await using served = await serveHttp(host, {
    authenticate: (_request, token) => (token === "t" ? { id: "me" } : undefined),
  });
  const { id } = await host.train("model", {});
  const first = (token: string, run = id) => {
    const events = connectRunEvents(served.url, { token: () => token }).watch(run);
    return events[Symbol.asyncIterator]().next();
  };
  expect(await first("t")).toMatchObject({ value: { seq: 1, type: "queued" } });
  await expect(first("wrong")).rejects.toMatchObject({ code: "unauthenticated" });
  await expect(first("t", "none")).rejects.toMatchObject({ code: "unavailable" });
  const nobody = connectRunEvents("http://127.0.0.1:9").watch(id)[Symbol.asyncIterator]();
  await expect(nobody.next()).rejects.toMatchObject({ code: "unavailable" });
});

test("its signal ends a watch, and leaving it closes the socket", async () => {
  const { host } = await stepwise();
  await using served = await serveHttp(host);
  const { id } = await host.train("model", {});
  const controller = new AbortController();
  const watched = collect(connectRunEvents(served.url).watch(id, { signal: controller.signal }), () =>
    controller.abort(),
  );
  await expect(watched).rejects.toMatchObject({ code: "cancelled" });
});

test("an unknown option is a TypeError", () => {
  expect(() => connectRunEvents("http://127.0.0.1", { tokens: "t" } as object)).toThrow(TypeError);
});
