// Makes a fixed number of equal calls over one WebSocket from its own process, several at a time. Argument: a `WsLoad` as JSON.
// Prints the time in milliseconds.
import { once } from "node:events";
import { WebSocket } from "ws";

export interface WsLoad {
  readonly port: number;
  readonly method: string;
  readonly params: object;
  readonly concurrency: number;
  readonly calls: number;
}

const { port, method, params, concurrency, calls } = JSON.parse(process.argv[2] as string) as WsLoad;
const ws = new WebSocket(`ws://127.0.0.1:${port}/v2/ws`, ["deepaas.v2"]);
await once(ws, "open");
const rest = `,"method":${JSON.stringify(method)},"params":${JSON.stringify(params)}}`;
let sent = 0;
let answered = 0;
const send = () => ws.send(`{"jsonrpc":"2.0","id":${++sent}${rest}`);
const all = new Promise<void>((resolve, reject) => {
  ws.on("message", (data: Buffer) => {
    if (data.indexOf('"result":') < 0) return reject(new Error(String(data)));
    if (++answered === calls) resolve();
    else if (sent < calls) send();
  });
  ws.once("close", () => reject(new Error("the server closed the connection")));
});
const startedAt = performance.now();
for (let i = 0; i < concurrency; i++) send();
await all;
process.stdout.write(String(performance.now() - startedAt));
process.exit(0);
