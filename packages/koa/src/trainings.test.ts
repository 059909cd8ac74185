import { createHost, defineModel, type Run, type RunFilter } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { type Served, serve, serveService } from "./testing/served.ts";

const post = { method: "POST" };
const own = { headers: { Accept: "application/vnd.deepaas+json" } };

interface Training {
  readonly uuid: string;
  readonly status: string;
}

async function start({ get }: Served, query = ""): Promise<Training> {
  return (await (await get(`/v2/models/m/train/${query}`, post)).json()) as Training;
}

/** Reads its events until the last one. */
async function ended({ get }: Served, id: string): Promise<void> {
  await (await get(`/v2/runs/${id}/events`, { headers: { Accept: "text/event-stream" } })).text();
}

describe("a training", () => {
  test("starts, ends, is listed, and is removed once it has ended", async () => {
    const served = await serve();
    const started = await start(served);
    expect(started).toMatchObject({
      args: { mode: "echo" },
      status: "running",
      uuid: expect.stringMatching(/^[0-9a-f]{32}$/),
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}$/),
    });
    await ended(served, started.uuid);
    const path = `/v2/models/m/train/${started.uuid}`;
    const done = await (await served.get(path)).json();
    expect(done).toMatchObject({
      status: "done",
      result: {
        output: { file: null },
        finish_date: expect.any(String),
        duration: expect.stringMatching(/^0:00:0\d\.\d{6}$/),
      },
    });
    expect(await (await served.get(`${path}/`)).json()).toEqual(done);
    expect(await (await served.get("/v2/models/m/train/")).json()).toEqual([done]);
    const removed = await served.get(path, { method: "DELETE" });
    expect([removed.status, await removed.json()]).toEqual([200, done]);
    expect(await (await served.get(path)).text()).toBe("404: Not Found");
    expect((await served.get(path, { method: "DELETE" })).status).toBe(404);
    expect(await (await served.get("/v2/models/m/train/")).json()).toEqual([]);
  });

  test("that fails has a message, and can be removed", async () => {
    const served = await serve();
    const { uuid } = await start(served, "?mode=crash");
    await ended(served, uuid);
    const failed = (await (await served.get(`/v2/models/m/train/${uuid}`)).json()) as {
      status: string;
      message: string;
    };
    expect(failed.status).toBe("error");
    expect(failed.message).toEqual(expect.any(String));
    expect((await served.get(`/v2/models/m/train/${uuid}`, { method: "DELETE" })).status).toBe(200);
  });

  test("that runs is cancelled, waited for, and kept", async () => {
    const served = await serve();
    const { uuid } = await start(served, "?mode=wait");
    const path = `/v2/models/m/train/${uuid}`;
    const answer = await served.get(path, { method: "DELETE" });
    expect([answer.status, ((await answer.json()) as Training).status]).toEqual([200, "cancelled"]);
    expect(((await (await served.get(path)).json()) as Training).status).toBe("cancelled");
  });

  test("that does not stop in time is answered as it is", async () => {
    const stubborn = defineModel({ train: () => new Promise((resolve) => setTimeout(resolve, 300)) });
    const service = await createHost({ models: { m: stubborn }, limits: { graceMs: 1_000 } });
    const served = await serveService(service, { cancelWaitMs: 20 });
    const { uuid } = await start(served);
    const answer = await served.get(`/v2/models/m/train/${uuid}`, { method: "DELETE" });
    expect([answer.status, ((await answer.json()) as Training).status]).toEqual([200, "running"]);
    await ended(served, uuid);
    await service.close();
  });

  test("of another model is not found under this one", async () => {
    const served = await serve({}, { other: defineModel({ train: () => 1 }) });
    const { uuid } = await start(served);
    expect((await served.get(`/v2/models/other/train/${uuid}`)).status).toBe(404);
    expect((await served.get(`/v2/models/other/train/${uuid}`, { method: "DELETE" })).status).toBe(404);
    await ended(served, uuid);
  });

  test("named by the caller is started once", async () => {
    const served = await serve();
    const put = async (query: string) => {
      const response = await served.get(`/v2/models/m/train/mine${query}`, { method: "PUT" });
      return [response.status, ((await response.json().catch(() => ({}))) as Training).uuid];
    };
    expect(await put("?mode=a")).toEqual([200, "mine"]);
    expect(await put("?mode=a")).toEqual([200, "mine"]);
    expect((await put("?mode=b"))[0]).toBe(409);
    expect((await served.service.runs()).items).toHaveLength(1);
    const unsound = await served.get("/v2/models/m/train/a%20b", { method: "PUT" });
    expect([unsound.status, await unsound.text()]).toEqual([422, '{"id":["Must be 1-64 of A-Z a-z 0-9 _ -"]}']);
  });

  test("of a model that cannot train is 501, and its list is empty", async () => {
    const { get } = await serve({}, { still: defineModel({ predict: () => 1 }) });
    const response = await get("/v2/models/still/train/", post);
    expect([response.status, await response.text()]).toEqual([
      501,
      "501: Not implemented by underlying model (loaded 'still')",
    ]);
    expect(await (await get("/v2/models/still/train/")).json()).toEqual([]);
  });

  test("is a run, in our own shape, for those who accept it", async () => {
    const served = await serve();
    const run = (await (await served.get("/v2/models/m/train/", { ...post, ...own })).json()) as Run;
    expect(run).toMatchObject({ model: "m", state: expect.any(String), createdAt: expect.stringMatching(/Z$/) });
    expect(await (await served.get("/v2/models/m/train/", own)).json()).toMatchObject({
      items: [{ id: run.id }],
      next: null,
    });
  });

  test("all are listed, however small the pages of the service are", async () => {
    const { service } = await serve();
    const small = new Proxy(service, {
      get(on, name) {
        if (name !== "runs") return (Reflect.get(on, name) as () => unknown).bind(on);
        return (filter: RunFilter) => on.runs({ ...filter, limit: 2 });
      },
    });
    const served = await serveService(small, {});
    for (let i = 0; i < 5; i++) await start(served);
    expect(await (await served.get("/v2/models/m/train/")).json()).toHaveLength(5);
  });

  test("more than a page are all listed, or by pages when asked", async () => {
    const served = await serve();
    const ids: string[] = [];
    for (let i = 0; i < 3; i++) ids.push((await start(served)).uuid);
    const uuidsOf = async (response: Response) => ((await response.json()) as Training[]).map(({ uuid }) => uuid);
    expect(await uuidsOf(await served.get("/v2/models/m/train/"))).toEqual(ids);
    const page = await served.get("/v2/models/m/train/?limit=2");
    const next = /<(.*)>; rel="next"/.exec(page.headers.get("link") ?? "")?.[1] ?? "";
    expect(await uuidsOf(page)).toEqual(ids.slice(0, 2));
    expect(await uuidsOf(await served.get(next))).toEqual(ids.slice(2));
  });
});

describe("runs", () => {
  test("are listed by model and state, read, cancelled and removed", async () => {
    const served = await serve({}, { other: defineModel({ train: () => 1 }) });
    const { get } = served;
    const { uuid } = await start(served, "?mode=wait");
    const idsOf = async (query: string) =>
      ((await (await get(`/v2/runs${query}`)).json()) as { items: Run[] }).items.map(({ id }) => id);
    await expect.poll(() => idsOf("?state=running")).toEqual([uuid]);
    expect(await idsOf("?model=other")).toEqual([]);
    expect(await idsOf("?model=m&state=queued,running&limit=1&newestFirst=true")).toEqual([uuid]);
    expect((await get(`/v2/runs/${uuid}`, { method: "DELETE" })).status).toBe(409);
    expect(await (await get(`/v2/runs/${uuid}/cancel`, post)).json()).toMatchObject({ id: uuid });
    await ended(served, uuid);
    expect(await (await get(`/v2/runs/${uuid}`)).json()).toMatchObject({ state: "cancelled" });
    expect((await get(`/v2/runs/${uuid}`, { method: "DELETE" })).status).toBe(204);
    expect((await get(`/v2/runs/${uuid}`)).status).toBe(404);
  });

  test.each(["?state=nope", "?limit=0", "?limit=x", "?limit=-1", "?newestFirst=maybe"])(
    "%s is refused",
    async (query) => {
      const response = await (await serve()).get(`/v2/runs${query}`);
      expect([response.status, response.headers.get("content-type")]).toEqual([422, "application/json"]);
    },
  );
});

describe("artifacts", () => {
  async function artifact() {
    const served = await serve();
    const { uuid } = await start(served);
    await ended(served, uuid);
    return (headers: Record<string, string> = {}, method = "GET") =>
      served.get(`/v2/runs/${uuid}/artifacts/digits.txt`, { method, headers });
  }

  test("come with type and length, and HEAD says both", async () => {
    const ask = await artifact();
    const whole = await ask();
    expect([
      whole.status,
      whole.headers.get("content-type"),
      whole.headers.get("accept-ranges"),
      await whole.text(),
    ]).toEqual([200, "text/plain", "bytes", "0123456789"]);
    const head = await ask({}, "HEAD");
    expect([head.status, head.headers.get("content-length"), await head.text()]).toEqual([200, "10", ""]);
  });

  test.each([
    ["bytes=2-4", 206, "bytes 2-4/10", "234"],
    ["bytes=7-", 206, "bytes 7-9/10", "789"],
    ["bytes=-3", 206, "bytes 7-9/10", "789"],
    ["bytes=-99", 206, "bytes 0-9/10", "0123456789"],
    ["bytes=5-99", 206, "bytes 5-9/10", "56789"],
    ["bytes=10-", 416, "bytes */10", "416: Range Not Satisfiable"],
    ["bytes=-0", 416, "bytes */10", "416: Range Not Satisfiable"],
    ["bytes=4-2", 200, null, "0123456789"],
    ["bytes=0-1,4-5", 200, null, "0123456789"],
    ["bytes=a-b", 200, null, "0123456789"],
    ["lines=1-2", 200, null, "0123456789"],
  ])("Range: %s", async (range, status, contentRange, body) => {
    const response = await (await artifact())({ Range: range });
    expect([response.status, response.headers.get("content-range"), await response.text()]).toEqual([
      status,
      contentRange,
      body,
    ]);
  });

  test("that are not there are 404", async () => {
    const served = await serve();
    const { uuid } = await start(served);
    await ended(served, uuid);
    expect((await served.get(`/v2/runs/${uuid}/artifacts/nope`)).status).toBe(404);
  });
});
