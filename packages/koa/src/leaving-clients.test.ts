// A client that resets its connection is no error of the app: a bare Koa app, which reports those on stderr, says nothing.
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createHost, type Logger, modelFile, type TrainContext } from "@deepaas/core";
import Koa from "koa";
import { expect, onTestFinished, test, vi } from "vitest";
import { rest } from "./rest.ts";

const untilAborted = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));

const model = {
  predict: (_args: object, { signal }: { signal: AbortSignal }) => untilAborted(signal),
  async *predictStream(_args: object, { signal }: { signal: AbortSignal }) {
    yield 1;
    await untilAborted(signal);
  },
  train: (_args: object, { signal }: TrainContext) => untilAborted(signal),
};
const big = {
  predict: () => modelFile(new Uint8Array(64 * 2 ** 20), { contentType: "application/octet-stream" }),
  getPredictArgs: () => ({ accept: { type: "string", enum: ["application/octet-stream"] } as const }),
};
const failing = {
  predict: () =>
    modelFile(
      new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(1)),
        pull: (controller) => controller.error(Object.assign(new Error("the disk is away"), { code: "EIO" })),
      }),
      { contentType: "application/octet-stream" },
    ),
  getPredictArgs: big.getPredictArgs,
};

async function bareApp() {
  const told: string[] = [];
  const note = (_fields: object, text?: string) => void told.push(text ?? "");
  const logger: Logger = { debug: note, info() {}, warn() {}, error() {} };
  const host = await createHost({ models: { model, big, failing }, limits: { graceMs: 0, drainMs: 0 } });
  const app = new Koa();
  app.use(rest(host, { logger }));
  const handle = app.callback();
  const server = createServer((req, res) => void handle(req, res)).listen(0, "127.0.0.1");
  await once(server, "listening");
  const said = vi.spyOn(console, "error").mockImplementation(() => {});
  onTestFinished(async () => {
    said.mockRestore();
    server.closeAllConnections();
    server.close();
    await host.close();
  });
  const { port } = server.address() as AddressInfo;
  const { id } = await host.train("model", {});
  return { told, said, port, id };
}

const octets = "Accept: application/octet-stream";
const events = "Accept: text/event-stream";

test.each([
  ["a watch", "GET /v2/runs/RUN/events", events, true],
  ["a stream", "POST /v2/models/model/predict/", events, true],
  ["a download", "POST /v2/models/big/predict/", octets, true],
  ["a predict", "POST /v2/models/model/predict/", "Accept: application/json", false],
])("a client that resets %s is said at debug level only", async (_, line, accept, answers) => {
  const { told, said, port, id } = await bareApp();
  const socket = connect(port, "127.0.0.1");
  socket.write(`${line.replace("RUN", id)} HTTP/1.1\r\nHost: localhost\r\n${accept}\r\nContent-Length: 0\r\n\r\n`);
  if (answers) await once(socket, "data");
  else {
    // Something that comes after it on the server is answered: it is under way.
    const other = await fetch(`http://127.0.0.1:${port}/v2/models/`);
    await other.body?.cancel();
  }
  socket.resetAndDestroy();
  await expect.poll(() => told).toContain("client disconnected before its response");
  expect(said).not.toHaveBeenCalled();
});

test("a file that breaks off is still an error of the app", async () => {
  const { said, port } = await bareApp();
  const response = await fetch(`http://127.0.0.1:${port}/v2/models/failing/predict/`, {
    method: "POST",
    headers: { accept: "application/octet-stream" },
  });
  await expect(response.arrayBuffer()).rejects.toThrow();
  await expect.poll(() => said.mock.calls.flat().join("")).toContain("the disk is away");
});
