// Makes one HTTP request from its own process. Argument: a `Transfer` as JSON. Prints the time from the request to the last byte of
// the response in milliseconds, and the number of these bytes.
import { request } from "node:http";

export interface Transfer {
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Size of the uploaded file. Default: a GET without a body. */
  readonly uploadBytes?: number;
}

const { port, path, headers, uploadBytes } = JSON.parse(process.argv[2] as string) as Transfer;
const head = '--XX\r\nContent-Disposition: form-data; name="file"; filename="f.bin"\r\n\r\n';
const tail = "\r\n--XX--\r\n";
const chunk = Buffer.alloc(256 * 1024, "0123456789abcdef\n");

const upload = uploadBytes !== undefined && {
  "Content-Type": "multipart/form-data; boundary=XX",
  "Content-Length": String(head.length + uploadBytes + tail.length),
};
const startedAt = performance.now();
const outgoing = request({ port, path, method: upload ? "POST" : "GET", headers: { ...headers, ...upload } });
const answered = new Promise<void>((resolve, reject) => {
  outgoing.once("error", reject);
  outgoing.once("response", (response) => {
    if (response.statusCode !== 200) reject(new Error(`status ${response.statusCode}`));
    let bytes = 0;
    response.on("data", (part: Buffer) => {
      bytes += part.length;
    });
    response.once("error", reject);
    response.once("end", () => {
      process.stdout.write(JSON.stringify({ ms: performance.now() - startedAt, bytes }));
      resolve();
    });
  });
});
if (uploadBytes !== undefined) {
  outgoing.write(head);
  for (let left = uploadBytes; left > 0; left -= chunk.length) {
    if (outgoing.write(chunk.subarray(0, Math.min(left, chunk.length)))) continue;
    await new Promise((resolve) => outgoing.once("drain", resolve));
  }
  outgoing.write(tail);
}
outgoing.end();
await answered;
process.exit(0);
