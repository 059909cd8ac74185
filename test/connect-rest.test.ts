// The REST client's own features: headers and upload progress.

import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, createServer as createTcpServer, type Socket } from "node:net";
import { connectRest, type UploadProgress } from "@deepaas/client";
import { createHost, DeepaasError, type ModelFile, modelFile } from "@deepaas/core";
import { expect, onTestFinished, test } from "vitest";
import { serveHttp } from "./support/serve-http.ts";

/** Returns the file that it gets; a training returns its length. */
async function echoing() {
  const fields = {
    file: { type: "string", format: "binary", required: false } as const,
    more: { type: "array", items: { type: "string", format: "binary" }, required: false } as const,
    text: { type: "string", default: "" } as const,
  };
  const model = {
    getPredictArgs: () => fields,
    getTrainArgs: () => fields,
    predict: ({ file, text }: { file?: ModelFile; text: string }) => file ?? text,
    train: async ({ file }: { file?: ModelFile }) => (await file?.bytes())?.length ?? null,
  };
  const host = await createHost({ models: { model } });
  onTestFinished(() => host.close());
  return host;
}

const content = new Uint8Array(3_000_000).map((_, i) => i % 253);

function checkProgress(progress: readonly UploadProgress[], total: number) {
  expect(progress.length).toBeGreaterThan(10);
  expect(progress.at(-1)).toEqual({ bytes: total, total });
  const bytes = progress.map((one) => one.bytes);
  expect(bytes).toEqual([...new Set(bytes)].toSorted((x, y) => x - y));
}

test("an upload reports its progress, and is returned unchanged", async () => {
  const host = await echoing();
  await using served = await serveHttp(host);
  const client = connectRest(served.url);
  const progress: UploadProgress[] = [];
  const onUploadProgress = (sent: UploadProgress) => void progress.push(sent);
  const file = modelFile(content, { contentType: "a/b", originalFilename: "a name.bin" });
  const answer = (await client.predict(
    "model",
    { file, more: [file, new Blob(["x"])] },
    { onUploadProgress },
  )) as ModelFile;
  expect(Buffer.from(await answer.bytes()).equals(content)).toBe(true);
  expect([answer.contentType, answer.originalFilename]).toEqual(["a/b", "a name.bin"]);
  checkProgress(progress, 2 * content.length + 1);
  progress.length = 0;
  const { id } = await client.train("model", { file }, { onUploadProgress, runId: "named" });
  checkProgress(progress, content.length);
  for await (const event of client.watch(id)) if (event.type === "succeeded") expect(event.result).toBe(content.length);
});

test("progress counts what the network has taken, not what was buffered", async () => {
  const sockets: Socket[] = [];
  // It never reads.
  const held = createTcpServer((socket) => void sockets.push(socket.pause().on("error", () => {}))).listen(
    0,
    "127.0.0.1",
  );
  await once(held, "listening");
  const { port } = held.address() as AddressInfo;
  const client = connectRest(`http://127.0.0.1:${port}`);
  const total = 64 * 2 ** 20;
  let sent = 0;
  const onUploadProgress = ({ bytes }: UploadProgress) => {
    sent = bytes;
  };
  const leave = new AbortController();
  const call = client.predict("model", { file: new Uint8Array(total) }, { signal: leave.signal, onUploadProgress });
  await expect.poll(() => sent).toBeGreaterThan(0);
  const seen: number[] = [];
  const standsStill = () => seen.push(sent) > 3 && seen.slice(-3).every((bytes) => bytes === sent);
  await expect.poll(standsStill, { interval: 100 }).toBe(true);
  expect(sent).toBeLessThan(total / 2);
  leave.abort();
  await expect(call).rejects.toMatchObject({ code: "cancelled" });
  for (const socket of sockets) socket.destroy();
  held.close();
});

test("a call without files reports no progress; a refused one has its error", async () => {
  const host = await echoing();
  await using served = await serveHttp(host);
  const client = connectRest(served.url);
  const progress: UploadProgress[] = [];
  const onUploadProgress = (sent: UploadProgress) => void progress.push(sent);
  expect(await client.predict("model", { text: "plain" }, { onUploadProgress })).toBe("plain");
  expect(progress).toEqual([]);
  const refused = client.predict("model", { file: content, text: 7 }, { onUploadProgress });
  await expect(refused).rejects.toMatchObject({ code: "invalid_args" });
});

test("a custom fetch sends uploads too", async () => {
  const host = await echoing();
  await using served = await serveHttp(host);
  const seen: string[] = [];
  const client = connectRest(served.url, {
    fetch(input, init) {
      seen.push(`${init?.method} ${String(input).slice(served.url.length)}`);
      return fetch(input, init);
    },
  });
  const answer = (await client.predict("model", { file: new Blob(["abc"]) }, { onUploadProgress() {} })) as ModelFile;
  expect(await answer.text()).toBe("abc");
  expect(seen).toEqual(["POST /v2/models/model/predict/"]);
});

test("a headers function is called for each request and may return a promise", async () => {
  const seen: unknown[] = [];
  const server = createServer(({ headers }, response) => {
    seen.push(headers.authorization);
    response.setHeader("Content-Type", "application/vnd.deepaas+json").end("[]");
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await connectRest(url, { headers: { authorization: "Bearer a" } }).models();
  let given = 0;
  const anew = connectRest(url, { headers: async () => ({ authorization: `Bearer ${++given}` }) });
  for (let i = 0; i < 2; i++) await anew.models();
  expect(seen).toEqual(["Bearer a", "Bearer 1", "Bearer 2"]);
  const failing = (error: unknown) => connectRest(url, { headers: () => Promise.reject(error) }).models();
  await expect(failing(new Error("away"))).rejects.toMatchObject({ code: "unauthenticated", cause: expect.any(Error) });
  await expect(failing(new DeepaasError("rate_limited", "Later."))).rejects.toMatchObject({ code: "rate_limited" });
  expect(seen).toHaveLength(3);
});
