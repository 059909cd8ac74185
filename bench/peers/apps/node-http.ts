import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { bodyOf, host, port, predict, serve, store } from "./node-app.ts";

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const result =
    request.url === "/predict"
      ? predict(await bodyOf(request))
      : request.url === "/upload"
        ? await store(request)
        : { status: "ok" };
  const text = JSON.stringify(result);
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) });
  response.end(text);
}

serve(() => createServer((request, response) => void answer(request, response)).listen(port, host));
