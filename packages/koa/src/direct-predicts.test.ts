// Which requests are answered before Koa. What the answers are: the other tests run over both.
import Koa from "koa";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { serve } from "./testing/served.ts";

let throughKoa = 0;
beforeEach(() => {
  throughKoa = 0;
  const callback = Koa.prototype.callback;
  vi.spyOn(Koa.prototype, "callback").mockImplementation(function (this: Koa) {
    const handle = callback.call(this);
    return (req, res) => {
      throughKoa++;
      return handle(req, res);
    };
  });
});
afterEach(() => {
  vi.restoreAllMocks();
});

const json = { method: "POST", headers: { "Content-Type": "application/json" }, body: '{"text":"a"}' };
const path = "/v2/models/m/predict/";

test("a predict with a JSON body is, unless `directPredict` is false", async () => {
  const direct = await serve({ directPredict: true });
  expect((await direct.get(path, json)).status).toBe(200);
  expect((await direct.get(`${path}?top=3`, json)).headers.get("x-request-id")).toMatch(/.+/);
  expect(throughKoa).toBe(0);
  const through = await serve({ directPredict: false });
  expect((await through.get(path, json)).status).toBe(200);
  expect(throughKoa).toBe(1);
});

test.each<[string, string, RequestInit]>([
  ["a form", path, { method: "POST", body: new URLSearchParams({ text: "a" }) }],
  [
    "a body of unknown length",
    path,
    { ...json, body: new Blob(['{"text":"a"}']).stream(), duplex: "half" } as RequestInit,
  ],
  ["an event stream", path, { ...json, headers: { ...json.headers, Accept: "text/event-stream" } }],
  ["another method", path, { method: "OPTIONS" }],
  ["a path without its slash", "/v2/models/m/predict", json],
  ["a name with an escape", "/v2/models/%6D/predict/", json],
  ["another route", "/v2/models/m/train/", json],
])("%s goes through Koa", async (_what, at, init) => {
  const { get } = await serve({ directPredict: true });
  await get(at, init);
  expect(throughKoa).toBeGreaterThan(0);
});

test("`directPredict` must be true or false", async () => {
  await expect(serve({ directPredict: "no" as never })).rejects.toThrow("directPredict must be true or false");
});
