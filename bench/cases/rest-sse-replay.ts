// Replays a log of 100,000 events to one client as an event stream: events per second.
import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import { createHost, type RunEvent } from "@deepaas/core";
import type { RunStore } from "@deepaas/core/ports";
import { createServer } from "@deepaas/koa";
import type { BenchCase } from "../bench-case.ts";
import { filledStore } from "../filled-store.ts";
import type { Transfer } from "../http-transfer.ts";
import { listening, runScript } from "../listening.ts";

const count = 100_000;

/** The same log for both sides. */
const filled = () =>
  filledStore(count, (step) => ({ type: "progress", step, total: count, metrics: { loss: 1 / step } }));

async function eventsPerSecond(server: Server, texts: readonly string[]): Promise<number> {
  const bytes = texts.reduce((sum, text) => sum + text.length, 0);
  const port = await listening(server);
  const headers = { Accept: "text/event-stream" };
  const transfer: Transfer = { port, path: "/v2/runs/run/events", headers };
  const replay = () => runScript<{ readonly ms: number; readonly bytes: number }>("http-transfer.ts", transfer);
  await replay();
  const replayed = await replay();
  if (replayed.bytes !== bytes) throw new Error(`${replayed.bytes} bytes instead of ${bytes}`);
  return (count * 1000) / replayed.ms;
}

async function textsFrom(store: RunStore): Promise<readonly string[]> {
  const events: readonly RunEvent[] = await store.read("run", 0, count);
  if (events.length !== count) throw new Error(`The log has ${events.length} events, not ${count}.`);
  return ["retry: 1000\n", ...events.map((event) => `id: ${event.seq}\ndata: ${JSON.stringify(event)}\n\n`)];
}

export default {
  name: "rest-sse-replay",
  against: "a bare loop of node:http that writes the same texts one by one, 100,000 events to one client",
  goal: { atLeast: 0.6 },

  async baseline() {
    const texts = await textsFrom(await filled());
    const write = async (res: { write(text: string): boolean; end(): void } & NodeJS.EventEmitter) => {
      for (const text of texts) if (!res.write(text)) await once(res, "drain");
      res.end();
    };
    return eventsPerSecond(
      createHttpServer((_req, res) => {
        res.writeHead(200, { "Content-Type": "text/event-stream" });
        void write(res);
      }),
      texts,
    );
  },

  async subject() {
    const store = await filled();
    const texts = await textsFrom(store);
    const host = await createHost({ models: { m: { train: () => null } }, store });
    return eventsPerSecond(createServer(host), texts);
  },
} satisfies BenchCase;
