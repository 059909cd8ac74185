// Who may shake hands at all: how many a second, and under which name of the server.
import { once } from "node:events";
import { describe, expect, test } from "vitest";
import type { WebSocket } from "ws";
import { echo, rpcPeer } from "../testing/rpc-peer.ts";
import { longLog, refused, serve, serviceOf, watched } from "../testing/serve.ts";
import { connectRate } from "./gate.ts";

const path = "/v2/runs/a/events";

async function statusOf(ws: WebSocket): Promise<number> {
  return Promise.race([once(ws, "open").then(() => 101), refused(ws).then(({ status }) => status)]);
}

describe("WS-58: handshakes a second", () => {
  test("as many at once as come in a second, then one for each part of it", () => {
    const rate = connectRate(10);
    const at = (now: number, times: number) => Array.from({ length: times }, () => rate(now)).filter(Boolean).length;
    expect(at(5_000, 30)).toBe(10);
    expect(at(5_050, 5)).toBe(0);
    expect(at(5_100, 5)).toBe(1);
    expect(at(5_400, 30)).toBe(3);
    expect(at(60_000, 30)).toBe(10);
  });

  test("WS-44: of a flood those beyond are refused with 503 and Retry-After, and who is connected is not disturbed", async () => {
    await using served = await serve(serviceOf({ ...echo, ...longLog(1, "").service }), { maxConnectsPerSecond: 20 });
    const peer = await rpcPeer(served.port);
    const flood = Array.from({ length: 1_000 }, () => served.open(path));
    const answers = flood.map(async (ws) => Promise.race([watched(ws).then(({ code }) => code), refused(ws)]));
    for (let i = 0; i < 20; i++) expect((await peer.call("predict", { model: "m", args: i })).result).toBe(i);
    const seen = await Promise.all(answers);
    const turnedAway = seen.filter((one) => typeof one === "object");
    // The second may pass while they come.
    expect(seen.length - turnedAway.length).toBeGreaterThanOrEqual(19);
    expect(turnedAway.length).toBeGreaterThan(500);
    for (const { status, headers, body } of turnedAway) {
      expect([status, headers["retry-after"], JSON.parse(body).code]).toEqual([503, "1", "overloaded"]);
    }
    // And whoever comes later is let in.
    await expect.poll(() => statusOf(served.open(path))).toBe(101);
  });

  test.each([
    ["Host", { host: "rebound.example" }],
    ["Origin", { origin: "http://foreign.example" }],
  ])("those refused for their %s do not count", async (_, headers) => {
    const options = { maxConnectsPerSecond: 1, allowedHosts: ["127.0.0.1"] };
    await using served = await serve(longLog(1, "").service, options);
    const foreign = await Promise.all(Array.from({ length: 50 }, () => statusOf(served.open(path, { headers }))));
    expect(foreign).toEqual(Array(50).fill(403));
    expect(await statusOf(served.open(path))).toBe(101);
  });

  test("0 is any number", async () => {
    await using served = await serve(longLog(1, "").service, { maxConnectsPerSecond: 0, maxConnections: 5_000 });
    const all = await Promise.all(Array.from({ length: 100 }, () => statusOf(served.open(path))));
    expect(all.filter((status) => status !== 101)).toEqual([]);
  });
});

describe("WS-59: the name of the server", () => {
  test.each([
    ["any", "rebound.example", 101],
    [undefined, "localhost:5000", 101],
    [undefined, "rebound.example", 403],
    [["example.org"], "example.org", 101],
    [["Example.org"], "EXAMPLE.org:8080", 101],
    [["example.org:80"], "example.org:80", 101],
    [["example.org:5000"], "example.org:5000", 101],
    [["[::1]"], "[::1]:5000", 101],
    [["example.org:5000"], "example.org:5001", 403],
    [["example.org"], "rebound.example", 403],
    [["example.org"], "example.org.rebound.example", 403],
    [["1.example"], "1.example:x", 403],
  ] as const)(
    "with allowedHosts %j and Host %s it is %i, also for a page of that host",
    async (allowedHosts, host, status) => {
      await using served = await serve(longLog(1, "").service, allowedHosts ? { allowedHosts } : {});
      expect(await statusOf(served.open(path, { headers: { host } }))).toBe(status);
      if (URL.parse(`http://${host}`)?.host !== host.toLowerCase()) return;
      expect(await statusOf(served.open(path, { headers: { host, origin: `http://${host}` } }))).toBe(status);
    },
  );
});
