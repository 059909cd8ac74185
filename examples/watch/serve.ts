// Holds the host and trains. Cuts everyone off every ten events, and restarts its listening server half way.
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { attachWs } from "@deepaas/ws/node";
import { countingModel } from "./counting.ts";

const audience = Promise.withResolvers<void>();
const host = await createHost({ models: { counting: countingModel(audience.promise) } });
let cuts = 0;

async function listen(port: number) {
  const server = createServer(host, {});
  const sockets = attachWs(server, host);
  const open = new Set<Socket>();
  server.on("connection", (socket) => {
    open.add(socket.on("close", () => open.delete(socket)).on("error", () => {}));
    // One socket for each watcher.
    if (open.size === 2) audience.resolve();
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  return { server, sockets, open };
}

let serving = await listen(0);
const { port } = serving.server.address() as AddressInfo;
const run = await host.train("counting", {}, { runId: "counted" });
process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}`, runId: run.id })}\n`);

for await (const event of host.watch(run.id)) {
  if (event.type === "progress" && event.step === 75) {
    await serving.sockets.close();
    serving.server.closeAllConnections();
    serving.server.close();
    await once(serving.server, "close");
    serving = await listen(port);
  } else if (event.seq % 10 === 0) {
    for (const socket of serving.open) {
      socket.resetAndDestroy();
      cuts++;
    }
  }
}
process.stdout.write(`${JSON.stringify({ cuts, lastSeq: (await host.run(run.id)).lastSeq })}\n`);
// Who was cut off before the end comes back for it.
await once(process.stdin.resume(), "end");
await serving.sockets.close();
serving.server.closeAllConnections();
serving.server.close();
await host.close();
