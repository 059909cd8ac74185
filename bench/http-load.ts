// Sends equal requests over keep-alive connections from its own process, for a time or until a number of them is answered; each
// connection sends the next request when the previous response is complete. Argument: a `Load` as JSON. Prints a `Loaded`.
import { connect, type Socket } from "node:net";

export interface Load {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  /** Each has a connection. */
  readonly callers: number;
  /** The `Accept` header. Default "application/json". */
  readonly accept?: string;
  /** Sent as `Authorization: Bearer`. Default: none. */
  readonly token?: string;
  /** No request is sent after this time. Default: no limit. */
  readonly seconds?: number;
  /** Default: no limit. */
  readonly requests?: number;
}

export interface Loaded {
  readonly calls: number;
  /** Time from the first request to the last response. */
  readonly ms: number;
}

const load = JSON.parse(process.argv[2] as string) as Load;
const request = Buffer.from(
  [
    `POST ${load.path} HTTP/1.1`,
    `Host: 127.0.0.1:${load.port}`,
    "Content-Type: application/json",
    `Accept: ${load.accept ?? "application/json"}`,
    ...(load.token === undefined ? [] : [`Authorization: Bearer ${load.token}`]),
    `Content-Length: ${Buffer.byteLength(load.body)}`,
    "",
    load.body,
  ].join("\r\n"),
);
let left = load.requests ?? Number.POSITIVE_INFINITY;
let deadline = Number.POSITIVE_INFINITY;
let calls = 0;

function isComplete(received: string): boolean {
  const headEnd = received.indexOf("\r\n\r\n");
  if (headEnd < 0) return false;
  if (!received.startsWith("HTTP/1.1 200 ")) throw new Error(received);
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headEnd + 2));
  return length ? received.length >= headEnd + 4 + Number(length[1]) : received.endsWith("\r\n0\r\n\r\n");
}

/** Sends requests until the time is over or none is left. */
function drive(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = "";
    const send = () => {
      if (left-- > 0 && performance.now() < deadline) socket.write(request);
      else resolve();
    };
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      try {
        if (!isComplete(received)) return;
      } catch (error) {
        reject(error);
        return;
      }
      received = "";
      calls++;
      send();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the server closed the connection")));
    send();
  });
}

function connected(): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(load.port, "127.0.0.1", () => resolve(socket));
    socket.once("error", reject);
  });
}

try {
  const sockets = await Promise.all(Array.from({ length: load.callers }, connected));
  const startedAt = performance.now();
  if (load.seconds !== undefined) deadline = startedAt + load.seconds * 1000;
  await Promise.all(sockets.map(drive));
  process.stdout.write(JSON.stringify({ calls, ms: performance.now() - startedAt } satisfies Loaded));
  process.exit(0);
} catch (error) {
  process.stderr.write(String(error));
  process.exit(1);
}
