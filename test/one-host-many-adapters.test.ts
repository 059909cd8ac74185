import { createHost, defineModel, FileField, Type, withDefault } from "@deepaas/core";
import { connectInProcess } from "@deepaas/in-process";
import { expect, test } from "vitest";
import hello from "../examples/hello/hello.ts";
import { serveHttp } from "./support/serve-http.ts";
import { eventsOverSse, eventsOverWebSocket } from "./support/watch-events.ts";

const inspect = defineModel({
  schema: { size: Type.Integer(), type: Type.String(), name: Type.String(), sum: Type.Integer(), label: Type.String() },
  getPredictArgs: () => ({ image: FileField(), label: withDefault(Type.String(), "none"), times: Type.Integer() }),
  async predict({ image, label, times }) {
    const bytes = await image.bytes();
    const sum = bytes.reduce((total, byte) => total + byte, 0) * times;
    return { size: bytes.length, type: image.contentType, name: image.originalFilename ?? "", sum, label };
  },
});

async function adapters() {
  const host = await createHost({ models: { hello, inspect } });
  const http = await serveHttp(host);
  return {
    host,
    local: connectInProcess(host),
    url: http.url,
    async [Symbol.asyncDispose]() {
      await host.close();
      await http[Symbol.asyncDispose]();
    },
  };
}

test("predict returns equal results in-process and over REST", async () => {
  await using served = await adapters();
  const { local, url } = served;
  await local.model("hello").train({ epochs: 5 }, { runId: "first" });
  await Array.fromAsync(local.watch("first"));
  for (const x of [0, 1, -2.5, 1e6]) {
    const answer = await fetch(`${url}/v2/models/hello/predict/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ x }),
    });
    expect([answer.status, await answer.json()]).toEqual([200, await local.model("hello").predict({ x })]);
  }
});

test("an uploaded file gives the same result as the same bytes in-process", async () => {
  await using served = await adapters();
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i % 251);
  const image = new File([bytes], "seven.png", { type: "image/png" });
  const form = new FormData();
  form.set("times", "3");
  form.set("image", image);
  const answer = await fetch(`${served.url}/v2/models/inspect/predict/`, { method: "POST", body: form });
  const result = await served.local.model("inspect").predict({ image, times: 3 });
  expect(result).toMatchObject({ size: 100_000, type: "image/png", name: "seven.png", label: "none" });
  expect([answer.status, await answer.json()]).toEqual([200, result]);
});

test("every adapter refuses a wrong argument with the same issues", async () => {
  await using served = await adapters();
  const refused = await served.local.predict("hello", { x: "far" }).catch((error: unknown) => error);
  const answer = await fetch(`${served.url}/v2/models/hello/predict/`, {
    method: "POST",
    headers: { "content-type": "application/json", accept: "application/vnd.deepaas+json" },
    body: JSON.stringify({ x: "far" }),
  });
  expect(answer.status).toBe(422);
  expect(refused).toMatchObject({ code: "invalid_args", issues: [{ pointer: "/x" }] });
  expect(await answer.json()).toMatchObject({ code: "invalid_args", issues: [{ pointer: "/x" }] });
});

test("watches in-process, over SSE and over WebSocket return the same events, live and afterwards", async () => {
  await using served = await adapters();
  const { host, local, url } = served;
  const { id } = await host.train("hello", { epochs: 20 });
  const watch = () =>
    Promise.all([Array.fromAsync(local.watch(id)), eventsOverSse(url, id), eventsOverWebSocket(url, id)]);
  const live = await watch();
  const [events, overSse, overWs] = live;
  expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: events.length }, (_, i) => i + 1));
  expect(events.at(-1)?.type).toBe("succeeded");
  expect(overSse).toEqual(events);
  expect(overWs).toEqual({ events, code: 1000 });
  expect(await watch()).toEqual(live);
  expect((await eventsOverWebSocket(url, id, 10)).events).toEqual(events.slice(10));
});
