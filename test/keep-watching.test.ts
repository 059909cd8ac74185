// A watcher gets every event exactly once, over SSE and WebSocket, whatever happens to its connection.
import { type ConnectedWs, connectRest, connectWs, keepWatching } from "@deepaas/client";
import { aroundStore, reorderStore, stallStore } from "@deepaas/conformance";
import {
  createHost,
  DeepaasError,
  type Host,
  type ModelService,
  type RunEvent,
  type TrainContext,
} from "@deepaas/core";
import { memoryStore, type RunStore } from "@deepaas/core/ports";
import { describe, expect, onTestFinished, test } from "vitest";
import { serveHttp } from "./support/serve-http.ts";
import { shakyProxy } from "./support/shaky-proxy.ts";

const eager = { minDelayMs: 1, maxDelayMs: 5 };
const heartbeatMs = 60;

const clients: Readonly<Record<string, (url: string) => ModelService & Partial<ConnectedWs>>> = {
  WebSocket: (url) => connectWs(url, { heartbeatMs }),
  SSE: (url) => connectRest(url, { heartbeatMs }),
};

/** Trains step by step; each step waits for `step()`, and none is lost. */
function steppingModel() {
  let allowed = 0;
  let wake = () => {};
  const model = {
    getTrainArgs: () => ({ steps: { type: "integer", default: 60 } as const }),
    async train({ steps }: { steps: number }, run: TrainContext) {
      for (let step = 1; step <= steps; step++) {
        while (allowed < 1) {
          run.signal.throwIfAborted();
          await new Promise<void>((resolve, reject) => {
            wake = resolve;
            run.signal.addEventListener("abort", () => reject(run.signal.reason as Error), { once: true });
          });
        }
        allowed--;
        run.report({ step, total: steps });
      }
      return { steps };
    },
  };
  const step = (count = 1) => {
    allowed += count;
    wake();
  };
  return { model, step };
}

async function hosted(store: RunStore = memoryStore()) {
  const { model, step } = steppingModel();
  const host: Host = await createHost({ models: { model }, store, limits: { graceMs: 200, drainMs: 0 } });
  onTestFinished(() => host.close());
  return { host, step };
}

function checkAll(events: readonly RunEvent[]) {
  expect(events.map(({ seq }) => seq)).toEqual(Array.from(events, (_, i) => i + 1));
  expect(events.at(-1)?.type).toBe("succeeded");
}

describe.each(Object.entries(clients))("keepWatching over %s", (_name, clientOf) => {
  const connected = (url: string) => {
    const service = clientOf(url);
    onTestFinished(() => service.close?.());
    return service;
  };

  test("WS-45, WS-49: a connection that is cut again and again", async () => {
    const { host, step } = await hosted();
    await using served = await serveHttp(host);
    await using network = await shakyProxy(() => Number(new URL(served.url).port));
    const { id } = await host.train("model", {});
    const events: RunEvent[] = [];
    for await (const event of keepWatching(connected(network.url), id, eager)) {
      events.push(event);
      if (event.seq % 3 === 0) network.cut();
      step();
      // The next event is lost in transfer.
      if (event.seq % 5 === 0) setImmediate(network.cut);
    }
    checkAll(events);
    expect(network.connections).toBeGreaterThan(10);
  });

  test("WS-34, WS-45: a connection that goes silent without a close", async () => {
    const { host, step } = await hosted();
    await using served = await serveHttp(host);
    await using network = await shakyProxy(() => Number(new URL(served.url).port));
    const { id } = await host.train("model", { steps: 6 });
    const events: RunEvent[] = [];
    for await (const event of keepWatching(connected(network.url), id, eager)) {
      events.push(event);
      if (event.seq === 3 || event.seq === 5) network.stall();
      step();
    }
    checkAll(events);
    expect(network.connections).toBeGreaterThanOrEqual(3);
  });

  test("WS-45, WS-54: a new host on the same store, in the middle", async () => {
    const store = memoryStore();
    // It ends with its host; the next host must find its data.
    const kept = aroundStore(store, ({ method, make }) => (method === "close" ? Promise.resolve() : make()));
    const first = await hosted(kept);
    let served = await serveHttp(first.host);
    await using network = await shakyProxy(() => Number(new URL(served.url).port));
    const { id } = await first.host.train("model", {});
    const events: RunEvent[] = [];
    let { step } = first;
    for await (const event of keepWatching(connected(network.url), id, eager)) {
      events.push(event);
      step();
      if (event.seq !== 10) continue;
      await first.host.close();
      await served[Symbol.asyncDispose]();
      const next = await hosted(kept);
      served = await serveHttp(next.host);
      step = next.step;
      step();
    }
    checkAll(events);
    expect(events.filter(({ type }) => type === "started")).toHaveLength(2);
    expect(events.find(({ type }) => type === "lost")).toMatchObject({ reason: "shutdown" });
    await served[Symbol.asyncDispose]();
  });

  test("WS-45, WS-54: a host that crashes, and a new one on the same store", async () => {
    const store = memoryStore();
    let dead = false;
    // Nothing that it does from here on reaches the store or the network.
    const dying = aroundStore(store, async ({ method, make }) => {
      if (method === "close") return undefined;
      if (dead) throw new DeepaasError("unavailable", "It is dead.");
      return make();
    });
    const first = await hosted(dying);
    await using served = await serveHttp(first.host);
    let url = served.url;
    await using network = await shakyProxy(() => Number(new URL(url).port));
    const { id } = await first.host.train("model", {});
    const events: RunEvent[] = [];
    let { step } = first;
    let next: Awaited<ReturnType<typeof serveHttp>> | undefined;
    for await (const event of keepWatching(connected(network.url), id, eager)) {
      events.push(event);
      step();
      if (event.seq !== 10) continue;
      dead = true;
      // Nobody listens for a while.
      url = "http://127.0.0.1:1";
      network.cut();
      const successor = await hosted(store);
      next = await serveHttp(successor.host);
      ({ url } = next);
      step = successor.step;
      step();
    }
    checkAll(events);
    expect(events).toEqual(await Array.fromAsync(connected(url).watch(id)));
    expect(events.filter(({ type }) => type === "started")).toHaveLength(2);
    expect(events.find(({ type }) => type === "lost")).toMatchObject({ reason: "The server died." });
    await next?.[Symbol.asyncDispose]();
  });

  test("WS-45: a store that wakes its watchers late, twice and before the data", async () => {
    let turn = 0;
    const pause = () => new Promise<void>((resolve) => (turn++ % 3 === 0 ? setImmediate(resolve) : resolve()));
    const { host, step } = await hosted(
      reorderStore(memoryStore(), { pause, times: () => 1 + (turn % 2), early: () => turn % 2 === 0 }),
    );
    await using served = await serveHttp(host);
    const { id } = await host.train("model", {});
    step(1_000);
    checkAll(await Array.fromAsync(keepWatching(connected(served.url), id, eager)));
  });

  test("WS-45, WS-47: a store that stalls, and fails", async () => {
    const { store, stall } = stallStore(memoryStore(), ["read"]);
    let reads = 0;
    const failing = aroundStore(store, async ({ method, make }) => {
      if (method === "read" && ++reads % 4 === 0) throw new DeepaasError("unavailable", "The disk is away.");
      return make();
    });
    const { host, step } = await hosted(failing);
    await using served = await serveHttp(host);
    const { id } = await host.train("model", {});
    const events: RunEvent[] = [];
    for await (const event of keepWatching(connected(served.url), id, eager)) {
      events.push(event);
      step();
      if (event.seq !== 7) continue;
      stall.begin();
      void stall.reached().then(() => setImmediate(() => stall.end()));
    }
    checkAll(events);
  });

  test("WS-52: a cursor at, ahead of and behind what the log holds", async () => {
    const { host, step } = await hosted(memoryStore({ keepEvents: 5 }));
    await using served = await serveHttp(host);
    const service = connected(served.url);
    const { id } = await host.train("model", { steps: 3 });
    for await (const event of host.watch(id)) if (event.type !== "queued") step();
    await expect.poll(async () => (await host.run(id)).firstSeq).toBe(2);
    const seqs = async (after?: number) => {
      const events = await Array.fromAsync(
        keepWatching(service, id, { ...eager, ...(after !== undefined && { after }) }),
      );
      return events.map(({ seq }) => seq);
    };
    const range = { code: "out_of_range", first: 2, last: 6 };
    expect(await seqs(6)).toEqual([]);
    expect(await seqs(4)).toEqual([5, 6]);
    expect(await seqs(1)).toEqual([2, 3, 4, 5, 6]);
    expect(await seqs()).toEqual([2, 3, 4, 5, 6]);
    await expect(seqs(0)).rejects.toMatchObject(range);
    await expect(seqs(7)).rejects.toMatchObject(range);
  });

  test("WS-47, WS-53: it ends where a retry cannot help", async () => {
    const { host, step } = await hosted();
    await using served = await serveHttp(host);
    const service = connected(served.url);
    const { id } = await host.train("model", { steps: 1 });
    step();
    const all = await Array.fromAsync(keepWatching(service, id, eager));
    checkAll(all);
    expect(await Array.fromAsync(keepWatching(service, id, { ...eager, after: all.length }))).toEqual([]);
    const ahead = Array.fromAsync(keepWatching(service, id, { ...eager, after: all.length + 1 }));
    await expect(ahead).rejects.toMatchObject({ code: "out_of_range", first: 1, last: all.length });
    await host.remove(id);
    await expect(Array.fromAsync(keepWatching(service, id, eager))).rejects.toMatchObject({ code: "not_found" });
    const leave = new AbortController();
    const { id: other } = await host.train("model", {});
    const left = (async () => {
      for await (const event of keepWatching(service, other, { ...eager, signal: leave.signal })) {
        if (event.type === "started") leave.abort();
      }
    })();
    await expect(left).rejects.toMatchObject({ code: "cancelled" });
    await host.cancel(other);
  });
});
