// Uploads a file several times over one connection, from its own process. Argument: an `Upload` as JSON. Prints a `Loaded`.
import { Agent, request } from "node:http";
import type { Loaded } from "../http-load.ts";

export interface Upload {
  readonly port: number;
  readonly path: string;
  readonly bytes: number;
  readonly count: number;
}

const { port, path, bytes, count } = JSON.parse(process.argv[2] as string) as Upload;
const head =
  '--XX\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\nContent-Type: application/octet-stream\r\n\r\n';
const tail = "\r\n--XX--\r\n";
const chunk = Buffer.alloc(256 * 1024, "0123456789abcdef\n");
const agent = new Agent({ keepAlive: true, maxSockets: 1 });

async function upload(): Promise<void> {
  const outgoing = request({
    agent,
    port,
    path,
    method: "POST",
    headers: {
      Accept: "application/json",
      "Content-Type": "multipart/form-data; boundary=XX",
      "Content-Length": String(head.length + bytes + tail.length),
    },
  });
  const answered = new Promise<void>((resolve, reject) => {
    outgoing.once("error", reject);
    outgoing.once("response", (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (part: string) => {
        text += part;
      });
      response.once("error", reject);
      response.once("end", () => {
        if (response.statusCode === 200) resolve();
        else reject(new Error(`status ${response.statusCode} to an upload of ${bytes} bytes: ${text.slice(0, 200)}`));
      });
    });
  });
  let isOver = false;
  const over = answered.finally(() => {
    isOver = true;
  });
  outgoing.write(head);
  for (let left = bytes; left > 0 && !isOver; left -= chunk.length) {
    if (outgoing.write(chunk.subarray(0, Math.min(left, chunk.length)))) continue;
    await Promise.race([new Promise((resolve) => outgoing.once("drain", resolve)), over]);
  }
  if (!isOver) outgoing.end(tail);
  await over;
}

try {
  const startedAt = performance.now();
  for (let i = 0; i < count; i++) await upload();
  process.stdout.write(JSON.stringify({ calls: count, ms: performance.now() - startedAt } satisfies Loaded));
  process.exit(0);
} catch (error) {
  process.stderr.write(String(error));
  process.exit(1);
}
