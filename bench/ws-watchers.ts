// Many watchers in their own process, on bare sockets, so that reading costs little. Argument: `Watchers` as JSON. Prints a line when
// all are connected, and another when each has received `bytes` or has been closed.
import { once } from "node:events";
import { connect, type Socket } from "node:net";

export interface Watchers {
  readonly port: number;
  readonly path: string;
  readonly count: number;
  /** Number of bytes that each watcher must receive, with the frame headers. */
  readonly bytes: number;
  /** Measures latencies: `message` of each event is the time of the report. */
  readonly latencies?: true;
  /** Adds a watcher that never reads. */
  readonly stuck?: true;
}

export interface Watched {
  /** Time from the first byte to the last byte over all watchers. */
  readonly ms: number;
  /** The 99th percentile from report to receipt, in milliseconds. */
  readonly p99: number;
}

const { port, path, count, bytes, latencies, stuck } = JSON.parse(process.argv[2] as string) as Watchers;
const request = [
  `GET ${path} HTTP/1.1`,
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "\r\n",
].join("\r\n");
const reported = Buffer.from('"message":"');
const samples: number[] = [];
let startedAt = 0;

async function connected(): Promise<Socket> {
  const socket = connect(port, "127.0.0.1");
  socket.write(request);
  socket.on("error", () => {});
  // Bytes after the header are put back.
  for (let head = ""; ; ) {
    const [chunk] = (await once(socket, "data")) as [Buffer];
    head += chunk.toString("latin1");
    const end = head.indexOf("\r\n\r\n");
    if (end < 0) continue;
    if (!head.startsWith("HTTP/1.1 101")) throw new Error(head);
    socket.pause();
    if (head.length > end + 4) socket.unshift(Buffer.from(head.slice(end + 4), "latin1"));
    return socket;
  }
}

function all(socket: Socket): Promise<void> {
  let left = bytes;
  return new Promise((resolve) => {
    socket.on("close", () => resolve());
    socket.on("data", (chunk: Buffer) => {
      if (startedAt === 0) startedAt = performance.now();
      if (latencies) noteLatencies(chunk);
      left -= chunk.length;
      if (left <= 0) resolve();
    });
    socket.resume();
  });
}

/** Assumes that an event is not split over two chunks. */
function noteLatencies(chunk: Buffer): void {
  const now = performance.timeOrigin + performance.now();
  for (let at = chunk.indexOf(reported); at >= 0; at = chunk.indexOf(reported, at + 1)) {
    const text = chunk.toString("latin1", at + reported.length, at + reported.length + 17);
    samples.push(now - Number.parseFloat(text));
  }
}

const sockets: Socket[] = [];
while (sockets.length < count) {
  const some = Array.from({ length: Math.min(50, count - sockets.length) }, connected);
  sockets.push(...(await Promise.all(some)));
}
if (stuck) await connected();
process.stdout.write("ready\n");
await Promise.all(sockets.map(all));
const ms = performance.now() - startedAt;
const p99 = samples.toSorted((a, b) => a - b)[Math.floor(samples.length * 0.99)] ?? 0;
process.stdout.write(`${JSON.stringify({ ms, p99 } satisfies Watched)}\n`);
process.exit(0);
