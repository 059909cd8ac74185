// Watches a run to its end, from wherever it is: node watch.ts <ws|sse> <url> <run>
import { connectRest, connectWs, keepWatching } from "@deepaas/client";

const [wire, url = "", runId = ""] = process.argv.slice(2);
const socket = wire === "ws" ? connectWs(url) : undefined;
for await (const event of keepWatching(socket ?? connectRest(url), runId, { minDelayMs: 20, maxDelayMs: 200 })) {
  process.stdout.write(`${JSON.stringify(event)}\n`);
}
socket?.close();
