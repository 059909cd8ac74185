import { expect, test } from "vitest";
import { longLog } from "./testing/serve.ts";
import { watchOverSocket } from "./watch-over-socket.ts";

test("while a send is not settled the log is not read on", async () => {
  const { log, service } = longLog(3, "");
  const sends: PromiseWithResolvers<void>[] = [];
  const closed = Promise.withResolvers<number>();
  const socket = {
    send() {
      const sent = Promise.withResolvers<void>();
      sends.push(sent);
      return sent.promise;
    },
    close: closed.resolve,
  };
  watchOverSocket(service, socket, { runId: "a" });
  for (let n = 1; n <= 3; n++) {
    await expect.poll(() => sends.length).toBe(n);
    expect(log.read).toBe(n);
    sends[n - 1]?.resolve();
  }
  expect(await closed.promise).toBe(1000);
});

test("once it is told that the socket has closed it ends its watch and says nothing more", async () => {
  const { log, service } = longLog(1_000, "");
  const said: string[] = [];
  const first = Promise.withResolvers<void>();
  const room = Promise.withResolvers<void>();
  const socket = {
    send(text: string) {
      said.push(text);
      first.resolve();
      return room.promise;
    },
    close: () => said.push("closed"),
  };
  const closed = watchOverSocket(service, socket, { runId: "a" });
  await first.promise;
  closed(1006, "");
  room.resolve();
  await expect.poll(() => log.left).toBe(1);
  expect(said).toHaveLength(1);
});
