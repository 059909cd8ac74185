// Starts a training and watches its events with many connections, from its own process. Argument: a `WatchLoad` as JSON. Prints a line
// when all are connected, and a `Watched` when each connection has been closed after the last event.
import { once } from "node:events";
import { connect } from "node:net";

export interface WatchLoad {
  readonly port: number;
  readonly model: string;
  readonly watchers: number;
  readonly events: number;
  readonly over: "sse" | "ws";
}

export interface Watched {
  readonly deliveries: number;
  /** The 99th percentile from report to receipt. */
  readonly p99Ms: number;
}

const { port, model, watchers, events, over } = JSON.parse(process.argv[2] as string) as WatchLoad;
const origin = `http://127.0.0.1:${port}`;
const json = { "Content-Type": "application/json", Accept: "application/vnd.deepaas+json" };
const reported = '"message":"';
const latencies: number[] = [];

/** Resolves when the response has begun; its promise resolves when the server has closed the connection. */
async function watcher(path: string): Promise<{ readonly closed: Promise<void> }> {
  const socket = connect(port, "127.0.0.1");
  const upgrade = ["Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13"];
  const asked =
    over === "ws" ? [...upgrade, "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="] : ["Accept: text/event-stream"];
  socket.write([`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...asked, "\r\n"].join("\r\n"));
  let text = "";
  const closed = Promise.withResolvers<void>();
  const take = (chunk: Buffer) => {
    const now = performance.timeOrigin + performance.now();
    text += chunk.toString("latin1");
    let at = text.indexOf(reported);
    for (; at >= 0 && text.indexOf('"', at + reported.length) > 0; at = text.indexOf(reported, at + 1)) {
      latencies.push(now - Number.parseFloat(text.slice(at + reported.length)));
    }
    text = at >= 0 ? text.slice(at) : text.slice(-reported.length + 1);
    if (chunk.includes('"type":"succeeded"')) closed.resolve();
  };
  const [first] = (await once(socket, "data")) as [Buffer];
  if (!/^HTTP\/1\.1 (?:101|200) /.test(first.toString("latin1"))) throw new Error(first.toString("latin1"));
  take(first);
  socket.on("data", take);
  socket.once("error", closed.reject);
  socket.once("close", () => closed.resolve());
  return { closed: closed.promise };
}

try {
  const response = await fetch(`${origin}/v2/models/${model}/train/`, {
    method: "POST",
    headers: json,
    body: JSON.stringify({ events, delayMs: 1_500 }),
  });
  const run = (await response.json()) as { readonly id: string };
  const all: { readonly closed: Promise<void> }[] = [];
  while (all.length < watchers) {
    const batch = Array.from({ length: Math.min(20, watchers - all.length) }, () =>
      watcher(`/v2/runs/${run.id}/events`),
    );
    all.push(...(await Promise.all(batch)));
  }
  process.stdout.write("ready\n");
  await Promise.all(all.map(({ closed }) => closed));
  latencies.sort((a, b) => a - b);
  if (latencies.length < watchers * events) throw new Error(`${latencies.length} of ${watchers * events} deliveries`);
  const watched: Watched = {
    deliveries: latencies.length,
    p99Ms: latencies[Math.floor(latencies.length * 0.99)] as number,
  };
  process.stdout.write(`${JSON.stringify(watched)}\n`);
  process.exit(0);
} catch (error) {
  process.stderr.write(String(error));
  process.exit(1);
}
