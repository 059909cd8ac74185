// One recorded request, sent again over a real socket.
import { request as httpRequest, type IncomingMessage } from "node:http";
import { sendRaw } from "./served.ts";
import { type Exchange, type RecordedRequest, unpacked } from "./transcript.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** `toPath` puts our ids into the path in the place of the recorded ones. */
export function sendRecorded(port: number, { request }: Exchange, toPath: (path: string) => string): Promise<Answer> {
  if ("raw" in request) return sendText(port, request.raw);
  const path = toPath(unpacked(request.path).toString());
  if (request.http === "1.0") return sendText(port, `${request.method} ${path} HTTP/1.0\r\nAccept: */*\r\n\r\n`);
  return sendRequest(port, path, request);
}

async function sendText(port: number, text: string): Promise<Answer> {
  const { status, head, body } = await sendRaw(port, text);
  const lines = head.split("\r\n").map((line) => line.split(": "));
  const headers = Object.fromEntries(lines.map(([name = "", value = ""]) => [name.toLowerCase(), value]));
  return { status, headers, body: Buffer.from(body) };
}

function sendRequest(port: number, path: string, { method, headers, body }: RecordedRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, unpacked(value).toString()]));
    const bytes = body === undefined ? undefined : unpacked(body);
    // With a length, as curl sends it, unless the recording was chunked.
    if (sent["transfer-encoding"] === undefined && (bytes !== undefined || method === "POST")) {
      sent["content-length"] = String(bytes?.length ?? 0);
    }
    const outgoing = httpRequest({ host: "127.0.0.1", port, method, path, headers: sent, agent: false }, (answer) => {
      collect(answer).then(resolve, reject);
    });
    // An answer to a body that is not read to its end may come before that.
    let answered = false;
    outgoing.on("response", () => {
      answered = true;
    });
    outgoing.on("error", (error) => {
      if (!answered) reject(error);
    });
    if (sent.expect === undefined) outgoing.end(bytes);
    else {
      outgoing.on("continue", () => outgoing.end(bytes));
      outgoing.flushHeaders();
    }
  });
}

async function collect(answer: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  for await (const chunk of answer) chunks.push(chunk as Buffer);
  const headers = Object.entries(answer.headers).map(([name, value]) => [name, String(value)] as const);
  return { status: answer.statusCode ?? 0, headers: Object.fromEntries(headers), body: Buffer.concat(chunks) };
}
