// Event streams whose client asks for the head only, leaves, or stops reading: the watch behind each of them ends.
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type ModelService, modelFile, type RunEvent } from "@deepaas/core";
import { expect, test } from "vitest";
import { serve, serveService } from "./testing/served.ts";

/** A service with one run that never ends. Counts its watches. */
function endlessRun({ eventBytes = 10, endless = false } = {}) {
  const counts = { begun: 0, open: 0, events: 0 };
  const run = { id: "r", model: "m", state: "running", attempt: 1, firstSeq: 1, lastSeq: 1 };
  const service = {
    run: async () => run,
    async *watch(_id: string, { signal }: { signal?: AbortSignal } = {}) {
      counts.begun++;
      counts.open++;
      try {
        for (let seq = 1; seq === 1 || endless; seq++) {
          counts.events++;
          yield {
            seq,
            at: "2026-01-01T00:00:00.000Z",
            type: "log",
            level: "info",
            text: "x".repeat(eventBytes),
          } as RunEvent;
          if (seq % 100 === 0) await new Promise(setImmediate);
        }
        await new Promise((_resolve, reject) => {
          if (signal?.aborted) reject(signal.reason as Error);
          signal?.addEventListener("abort", () => reject(signal.reason as Error));
        });
      } finally {
        counts.open--;
      }
    },
  } as unknown as ModelService;
  return { service, counts };
}

function request(port: number, method: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.write(`${method} /v2/runs/r/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`);
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

test("HEAD has the headers of the stream; its watch ends although the connection stays open", async () => {
  const { service, counts } = endlessRun();
  const { port } = await serveService(service, {});
  const socket = await request(port, "HEAD");
  const head = await new Promise((resolve) => socket.once("data", (chunk) => resolve(String(chunk))));
  expect(head).toMatch(/^HTTP\/1.1 200 [\s\S]*content-type: text\/event-stream/i);
  await expect.poll(() => [counts.begun - counts.open, socket.destroyed]).toEqual([counts.begun, false]);
  socket.destroy();
});

test("a client that leaves ends its watch, and only that one", async () => {
  const { service, counts } = endlessRun();
  const { port } = await serveService(service, {});
  const sockets = [await request(port, "GET"), await request(port, "GET")];
  for (const socket of sockets) await new Promise((resolve) => socket.once("data", resolve));
  expect(counts.open).toBe(2);
  sockets[0]?.destroy();
  await expect.poll(() => counts.open).toBe(1);
  sockets[1]?.destroy();
  await expect.poll(() => counts.open).toBe(0);
});

test("a client that stops reading is not written to for ever, and ends its watch when it leaves", async () => {
  const { service, counts } = endlessRun({ eventBytes: 10_000, endless: true });
  const { port } = await serveService(service, {});
  const socket = await request(port, "GET");
  socket.pause();
  // Written until what the system buffers is full; then nothing more is read from the log.
  let before = -1;
  await expect
    .poll(
      () => {
        const isStill = counts.events > 0 && counts.events === before;
        before = counts.events;
        return isStill;
      },
      { interval: 100 },
    )
    .toBe(true);
  expect(counts.open).toBe(1);
  socket.destroy();
  await expect.poll(() => counts.open).toBe(0);
});

test("a file that stops arriving is cancelled when its client disconnects", async () => {
  const cancelled = Promise.withResolvers<void>();
  const content = new ReadableStream({
    start: (controller) => controller.enqueue(new Uint8Array(1)),
    pull: () => new Promise(() => {}),
    cancel: () => cancelled.resolve(),
  });
  const slow = {
    getPredictArgs: () => ({ accept: { type: "string", enum: ["image/png"] } as const }),
    predict: () => modelFile(content, { contentType: "image/png" }),
  };
  const { port } = await serve({}, { slow });
  const socket = connect(port, "127.0.0.1");
  const body = "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
  socket.write(`POST /v2/models/slow/predict/ HTTP/1.1\r\nHost: localhost\r\nAccept: image/png\r\n${body}`);
  await once(socket, "data");
  socket.destroy();
  await cancelled.promise;
});
