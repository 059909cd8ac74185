// Many watchers lose their connections and reconnect at the same time, each from its own cursor, in one process. Argument: a `Storm`
// as JSON. Prints the time until the last one has caught up, in milliseconds.
import { once } from "node:events";
import { WebSocket } from "ws";

export interface Storm {
  readonly port: number;
  readonly path: string;
  readonly count: number;
  /** The last `seq` of the log. Absent: a watcher has caught up when it is connected. */
  readonly lastSeq?: number;
}

const { port, path, count, lastSeq } = JSON.parse(process.argv[2] as string) as Storm;
const url = `ws://127.0.0.1:${port}${path}`;

/** Watches from `cursor` to the end of the log. Rejects if an event is missing or comes twice. */
async function caughtUp(cursor: number): Promise<WebSocket> {
  if (lastSeq === undefined) {
    const ws = new WebSocket(url);
    await once(ws, "open");
    return ws;
  }
  const ws = new WebSocket(`${url}?after=${cursor}`);
  let seen = cursor;
  await new Promise<void>((resolve, reject) => {
    ws.on("message", (data) => {
      const { seq } = JSON.parse(String(data)) as { seq: number };
      if (seq !== ++seen) reject(new Error(`${seq} after ${seen - 1}`));
      if (seq === lastSeq) resolve();
    });
    ws.once("close", (code) => reject(new Error(`closed with ${code} at ${seen}`)));
  });
  return ws;
}

const cursors = Array.from({ length: count }, (_, i) => (i * 7) % Math.max(1, (lastSeq ?? 1) - 1));
const all = await Promise.all(cursors.map(caughtUp));
for (const ws of all) ws.removeAllListeners("close").terminate();
const startedAt = performance.now();
await Promise.all(cursors.map(caughtUp));
process.stdout.write(String(performance.now() - startedAt));
process.exit(0);
