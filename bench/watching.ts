// Two ways to send one log to many watchers: the WebSocket adapter, and a broadcast of the same bytes with `ws`.
import { spawn } from "node:child_process";
import { createServer } from "node:http";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createHost, type RunEvent, type TrainContext } from "@deepaas/core";
import { attachWs } from "@deepaas/ws/node";
import { WebSocketServer } from "ws";
import { listening } from "./listening.ts";
import type { Watched, Watchers } from "./ws-watchers.ts";

export interface Audience {
  /** Resolves when all watchers have received everything. */
  readonly watched: Promise<Watched>;
}

/** Starts watchers in another process. Resolves when all are connected. */
export async function audience(watchers: Watchers): Promise<Audience> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "ws-watchers.ts"), JSON.stringify(watchers)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "ready") throw new Error("The watchers could not connect.");
  return { watched: lines.next().then(({ value }) => JSON.parse(value as string) as Watched) };
}

export interface EventServer {
  readonly port: number;
  readonly path: string;
  report(message: string): void;
  /** Throws if the log does not have this number of reports. */
  check(events: number): Promise<void>;
}

/** The `seq` of the first report, after `queued` and `started`. */
const firstSeq = 3;

/** Returns the number of bytes that each watcher receives for these reports, with the frame headers. */
export function bytesOf(messages: readonly string[]): number {
  const at = new Date().toISOString();
  const texts = messages.map((message, i) => JSON.stringify({ seq: firstSeq + i, at, type: "progress", message }));
  return texts.reduce((sum, { length }) => sum + length + (length < 126 ? 2 : 4), 0);
}

/** The WebSocket adapter of a host with an in-memory store, and a run that makes the reports. */
export async function wsAdapter(): Promise<EventServer> {
  const started = Promise.withResolvers<TrainContext>();
  const model = {
    train(_args: object, run: TrainContext) {
      started.resolve(run);
      return new Promise<never>(() => {});
    },
  };
  const host = await createHost({ models: { model } });
  const server = createServer();
  attachWs(server, host, { maxConnections: 100_000, maxConnectsPerSecond: 100_000 });
  const port = await listening(server);
  const { id } = await host.train("model", {});
  const run = await started.promise;
  return {
    port,
    path: `/v2/runs/${id}/events?after=${firstSeq - 1}`,
    report: (message) => run.report({ message }),
    async check(events) {
      const { lastSeq } = await host.run(id);
      if (lastSeq !== firstSeq - 1 + events)
        throw new Error(`The log has ${lastSeq} events: some reports were merged.`);
    },
  };
}

/** A loop over all sockets that sends each event as text, encoded once. */
export async function bareBroadcast(): Promise<EventServer> {
  const server = createServer();
  const wss = new WebSocketServer({ server, perMessageDeflate: false });
  const port = await listening(server);
  let seq = firstSeq;
  return {
    port,
    path: "/",
    report(message) {
      const event = { seq: seq++, at: new Date().toISOString(), type: "progress", message } satisfies RunEvent;
      const text = JSON.stringify(event);
      for (const client of wss.clients) client.send(text);
    },
    check: async () => {},
  };
}

/** Returns the resident memory of this process in bytes, after a garbage collection. */
export async function residentBytes(): Promise<number> {
  const { setFlagsFromString } = await import("node:v8");
  const { runInNewContext } = await import("node:vm");
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  for (let i = 0; i < 5; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return process.memoryUsage.rss();
}
