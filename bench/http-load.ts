// Sends a fixed number of equal requests over keep-alive connections from its own process; each connection sends the next request
// when the previous response is complete. Argument: a `Load` as JSON. Prints the time in milliseconds.
import { connect, type Socket } from "node:net";

export interface Load {
  readonly port: number;
  readonly path: string;
  readonly body: string;
  readonly headers: readonly string[];
  readonly connections: number;
  readonly requests: number;
}

const load = JSON.parse(process.argv[2] as string) as Load;
const request = Buffer.from(
  [
    `POST ${load.path} HTTP/1.1`,
    `Host: 127.0.0.1:${load.port}`,
    `Content-Length: ${Buffer.byteLength(load.body)}`,
    ...load.headers,
    "",
    load.body,
  ].join("\r\n"),
);
let left = load.requests;

/** Sends requests until none is left. */
function drive(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = "";
    const send = () => {
      if (left-- > 0) socket.write(request);
      else resolve();
    };
    socket.setNoDelay(true);
    socket.on("data", (chunk) => {
      received += chunk.toString("latin1");
      const headEnd = received.indexOf("\r\n\r\n");
      if (headEnd < 0) return;
      if (!received.startsWith("HTTP/1.1 200 ")) return reject(new Error(received));
      const length = Number(/\r\ncontent-length: (\d+)/i.exec(received)?.[1]);
      if (received.length < headEnd + 4 + length) return;
      received = "";
      send();
    });
    socket.once("error", reject);
    socket.once("close", () => reject(new Error("the server closed the connection")));
    send();
  });
}

const sockets = await Promise.all(
  Array.from(
    { length: load.connections },
    () =>
      new Promise<Socket>((resolve, reject) => {
        const socket = connect(load.port, "127.0.0.1", () => resolve(socket));
        socket.once("error", reject);
      }),
  ),
);
const startedAt = performance.now();
await Promise.all(sockets.map(drive));
process.stdout.write(String(performance.now() - startedAt));
process.exit(0);
