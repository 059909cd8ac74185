// Two ways to send one log to many watchers: our adapter, and a plain broadcast with `ws` of the same bytes.
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
  /** Resolves when all have had everything. */
  readonly watched: Promise<Watched>;
}

/** Resolves when all are connected. */
export async function audience(watchers: Watchers): Promise<Audience> {
  const child = spawn(process.execPath, [join(import.meta.dirname, "ws-watchers.ts"), JSON.stringify(watchers)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  if ((await lines.next()).value !== "ready") throw new Error("The watchers could not connect.");
  return { watched: lines.next().then(({ value }) => JSON.parse(value as string) as Watched) };
}

export interface Door {
  readonly port: number;
  readonly path: string;
  report(message: string): void;
  /** Throws when what was reported is not what was told. */
  check(events: number): Promise<void>;
}

/** The first that is reported: before it are `queued` and `started`. */
const firstSeq = 3;

/** What each watcher gets of so many reports, frame heads included. */
export function bytesOf(messages: readonly string[]): number {
  const at = new Date().toISOString();
  const texts = messages.map((message, i) => JSON.stringify({ seq: firstSeq + i, at, type: "progress", message }));
  return texts.reduce((sum, { length }) => sum + length + (length < 126 ? 2 : 4), 0);
}

/** Our own: a host with a memory store, and a run whose training reports. */
export async function ownAdapter(): Promise<Door> {
  const begun = Promise.withResolvers<TrainContext>();
  const model = {
    train(_args: object, run: TrainContext) {
      begun.resolve(run);
      return new Promise<never>(() => {});
    },
  };
  const host = await createHost({ models: { model } });
  const server = createServer();
  attachWs(server, host, { maxConnections: 100_000, maxConnectsPerSecond: 100_000 });
  const port = await listening(server);
  const { id } = await host.train("model", {});
  const run = await begun.promise;
  return {
    port,
    path: `/v2/runs/${id}/events?after=${firstSeq - 1}`,
    report: (message) => run.report({ message }),
    async check(events) {
      const { lastSeq } = await host.run(id);
      if (lastSeq !== firstSeq - 1 + events) throw new Error(`The log holds ${lastSeq} events: some were merged.`);
    },
  };
}

/** What one gives up by using it: a loop over all sockets, the text made once. */
export async function bareBroadcast(): Promise<Door> {
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

/** Of this process, in bytes, after everything unused has gone. */
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
