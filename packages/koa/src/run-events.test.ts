import { connect } from "node:net";
import { createHost, DeepaasError, defineModel, type RunEvent } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { type Served, serve, serveService } from "./testing/served.ts";

const sse = { Accept: "text/event-stream" };

async function train({ get }: Served, query = ""): Promise<string> {
  return ((await (await get(`/v2/models/m/train/${query}`, { method: "POST" })).json()) as { uuid: string }).uuid;
}

async function finished(served: Served): Promise<string> {
  const id = await train(served);
  await (await served.get(`/v2/runs/${id}/events`, { headers: sse })).text();
  return id;
}

/** The blocks of an event stream, as they come. */
async function* blocks(response: Response): AsyncGenerator<string, void, undefined> {
  let text = "";
  for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
    text += new TextDecoder().decode(chunk);
    const parts = text.split("\n\n");
    text = parts.pop() ?? "";
    yield* parts;
  }
}

describe("a page of events", () => {
  test("holds what is there after the cursor, and says where to go on", async () => {
    const served = await serve();
    const id = await finished(served);
    const { lastSeq } = await served.service.run(id);
    const page = async (query: string) =>
      (await (await served.get(`/v2/runs/${id}/events${query}`)).json()) as { items: RunEvent[]; next: string | null };
    const all = await page("");
    expect(all.items.map(({ seq }) => seq)).toEqual(Array.from({ length: lastSeq }, (_, i) => i + 1));
    expect(all.next).toBeNull();
    const first = await page("?limit=2");
    expect([first.items.length, first.next]).toEqual([2, "2"]);
    expect((await page(`?after=${first.next}`)).items).toEqual(all.items.slice(2));
    expect(await page(`?after=${lastSeq}`)).toEqual({ items: [], next: null });
  });

  test("never waits for a run that goes on", async () => {
    const served = await serve();
    const id = await train(served, "?mode=wait");
    await expect.poll(async () => (await served.service.run(id)).progress?.step).toBe(1);
    const { lastSeq } = await served.service.run(id);
    const page = (await (await served.get(`/v2/runs/${id}/events?after=${lastSeq}`)).json()) as object;
    expect(page).toEqual({ items: [], next: String(lastSeq) });
  });

  test.each([
    "?after=x",
    "?after=-1",
    "?after=1.5",
    "?after=1e3",
    "?limit=0",
    "?limit=1001",
    "?after=99999999999999999999",
  ])("%s is refused", async (query) => {
    const served = await serve();
    expect((await served.get(`/v2/runs/${await finished(served)}/events${query}`)).status).toBe(422);
  });
});

describe("a stream of events", () => {
  test("numbers them, and ends after the last", async () => {
    const served = await serve();
    const response = await served.get(`/v2/runs/${await train(served)}/events`, { headers: sse });
    expect([response.status, response.headers.get("content-type"), response.headers.get("cache-control")]).toEqual([
      200,
      "text/event-stream; charset=utf-8",
      "no-cache, no-transform",
    ]);
    const events = await Array.fromAsync(blocks(response));
    // A block without data is an empty event to some clients.
    for (const [i, block] of events.entries()) {
      const [, id, data] =
        (i === 0 ? /^retry: 1000\nid: (\d+)\ndata: (.*)$/ : /^id: (\d+)\ndata: (.*)$/).exec(block) ?? [];
      expect([id, (JSON.parse(data ?? "") as RunEvent).seq]).toEqual([String(i + 1), i + 1]);
    }
    expect(events.at(-1)).toContain('"type":"succeeded"');
  });

  test("goes on where the client stopped reading: the header is newer than the address", async () => {
    const served = await serve();
    const id = await finished(served);
    const from = async (query: string, headers: Record<string, string>) =>
      (
        await Array.fromAsync(
          blocks(await served.get(`/v2/runs/${id}/events${query}`, { headers: { ...sse, ...headers } })),
        )
      )[0]?.split("\n")[1];
    expect(await from("?after=2", {})).toBe("id: 3");
    expect(await from("?after=2", { "Last-Event-ID": "3" })).toBe("id: 4");
  });

  test("that has nothing left is 204, so that the client stops coming back", async () => {
    const served = await serve();
    const id = await finished(served);
    const { lastSeq } = await served.service.run(id);
    const response = await served.get(`/v2/runs/${id}/events`, {
      headers: { ...sse, "Last-Event-ID": String(lastSeq) },
    });
    expect([response.status, await response.text()]).toEqual([204, ""]);
  });

  test("outside the log has a status: ahead of it 416, and what was trimmed 410", async () => {
    const served = await serve();
    const id = await finished(served);
    const ahead = await served.get(`/v2/runs/${id}/events?after=999`, {
      headers: { Accept: "text/event-stream, application/problem+json" },
    });
    expect([ahead.status, await ahead.json()]).toEqual([
      416,
      expect.objectContaining({ code: "out_of_range", first: 1, last: expect.any(Number) }),
    ]);
    const trimmed = new Proxy(served.service, {
      get: (on, name) =>
        name === "run"
          ? async (run: string) => ({ ...(await on.run(run)), firstSeq: 4 })
          : (Reflect.get(on, name) as () => unknown).bind(on),
    });
    const { get } = await serveService(trimmed, {});
    expect((await get(`/v2/runs/${id}/events?after=1`, { headers: sse })).status).toBe(410);
    expect((await get("/v2/runs/nope/events", { headers: sse })).status).toBe(404);
  });

  test("that is silent shows that it is alive", async () => {
    const served = await serve({ heartbeatMs: 20 });
    const response = await served.get(`/v2/runs/${await train(served, "?mode=wait")}/events`, { headers: sse });
    let text = "";
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      text += new TextDecoder().decode(chunk);
      if (text.endsWith(": still here\n: still here\n")) break;
    }
    expect(text.replaceAll(": still here\n", "").split("\n\n").at(-1)).toBe("");
  });

  test("that breaks off says so", async () => {
    const served = await serve();
    const id = await finished(served);
    const broken = new Proxy(served.service, {
      get(on, name) {
        if (name !== "watch") return (Reflect.get(on, name) as () => unknown).bind(on);
        return async function* () {
          yield { seq: 1, at: "", type: "queued" };
          throw new DeepaasError("unavailable", "The server is shutting down.");
        };
      },
    });
    const { get } = await serveService(broken, {});
    const [, last] = await Array.fromAsync(blocks(await get(`/v2/runs/${id}/events`, { headers: sse })));
    expect(last).toBe('event: error\ndata: {"code":"unavailable","message":"The server is shutting down."}');
  });

  test("whose client leaves stops its watch, and leaves the run alone", async () => {
    const served = await serve();
    const id = await train(served, "?mode=wait");
    let watches = 0;
    const counted = new Proxy(served.service, {
      get(on, name) {
        if (name !== "watch") return (Reflect.get(on, name) as () => unknown).bind(on);
        return async function* (...args: Parameters<typeof on.watch>) {
          watches++;
          try {
            yield* on.watch(...args);
          } finally {
            watches--;
          }
        };
      },
    });
    const { port } = await serveService(counted, {});
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(`GET /v2/runs/${id}/events HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n`),
    );
    await new Promise((resolve) => socket.once("data", resolve));
    expect(watches).toBe(1);
    socket.destroy();
    await expect.poll(() => watches).toBe(0);
    expect((await served.service.run(id)).state).toBe("running");
  });

  test("waits for a client that reads slowly", async () => {
    let given = 0;
    const total = 20_000;
    const service = await createHost({ models: { m: defineModel({ train: () => 1 }) } });
    const run = await service.train("m", {});
    const flood = new Proxy(service, {
      get(on, name) {
        if (name !== "watch") return (Reflect.get(on, name) as () => unknown).bind(on);
        return async function* () {
          for (; given < total; given++)
            yield { seq: given + 1, at: "", type: "log", level: "info", text: "x".repeat(1_000) };
        };
      },
    });
    const { port } = await serveService(flood, {});
    const socket = connect(port, "127.0.0.1", () =>
      socket.write(
        `GET /v2/runs/${run.id}/events HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nAccept: text/event-stream\r\n\r\n`,
      ),
    );
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    // It stands still once every buffer on the way is full, long before all was given.
    const seen: number[] = [];
    await expect.poll(() => seen.push(given) > 1 && seen.at(-2) === given, { interval: 100 }).toBe(true);
    expect(given).toBeLessThan(total);
    socket.resume();
    await new Promise((resolve) => socket.once("close", resolve));
    expect(given).toBe(total);
    await service.close();
  });
});
