// Holds the host and trains: node serve.ts <folder> <port>. Cuts everyone off every ten events, and restarts its listening
// server half way. What it has recorded is in the folder, so that it can be killed and started again.
import { once } from "node:events";
import type { AddressInfo, Socket } from "node:net";
import { join } from "node:path";
import { createHost } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { directoryBlobs, sqliteStore } from "@deepaas/sqlite";
import { attachWs } from "@deepaas/ws/node";
import { countingModel } from "./counting.ts";

const [folder = "", wantedPort = "0"] = process.argv.slice(2);
const audience = Promise.withResolvers<void>();
const host = await createHost({
  models: { counting: countingModel(audience.promise) },
  store: sqliteStore({ path: join(folder, "runs.db") }),
  blobs: directoryBlobs({ path: join(folder, "blobs") }),
});

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

const tell = (what: object) => process.stdout.write(`${JSON.stringify(what)}\n`);

let serving = await listen(Number(wantedPort));
const { port } = serving.server.address() as AddressInfo;
// The same run for the same name, also in the second process.
const run = await host.train("counting", {}, { runId: "counted" });
tell({ port, runId: run.id });

for await (const event of host.watch(run.id, { after: run.lastSeq })) {
  if (event.type === "progress" && event.step === 75) {
    await serving.sockets.close();
    serving.server.closeAllConnections();
    serving.server.close();
    await once(serving.server, "close");
    serving = await listen(port);
    tell({ restarted: true });
  } else if (event.seq % 10 === 0) {
    for (const socket of serving.open) {
      socket.resetAndDestroy();
      tell({ cut: true });
    }
  }
}
tell({ lastSeq: (await host.run(run.id)).lastSeq });
// Who was cut off before the end comes back for it.
await once(process.stdin.resume(), "end");
await serving.sockets.close();
serving.server.closeAllConnections();
serving.server.close();
await host.close();
