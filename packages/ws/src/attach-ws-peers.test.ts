// Peers that are slow, dead, rude or gone, and the end of the server.
import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { longLog, refused, serve, serviceOf, steppingHost, watched } from "./testing/serve.ts";

const path = "/v2/runs/a/events";

const handshake = [
  `GET ${path} HTTP/1.1`,
  "Host: 127.0.0.1",
  "Connection: Upgrade",
  "Upgrade: websocket",
  "Sec-WebSocket-Version: 13",
  "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
  "\r\n",
].join("\r\n");

/** A run that never says anything more. */
const silent = () =>
  serviceOf({
    run: async () => ({ firstSeq: 1, lastSeq: 0 }),
    watch: (_id: string, { signal }: { signal: AbortSignal }) => ({
      async *[Symbol.asyncIterator]() {
        yield* [];
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
      },
    }),
  });

describe("WS-18, WS-55: a slow watcher", () => {
  const count = 4_000;
  const text = "x".repeat(16_384);

  test("makes the server stop reading the log, holds nobody else up, and gets everything in order once it reads", async () => {
    const slow = longLog(count, text);
    const fast = longLog(count, text);
    const watch = (id: string, options: object) => (id === "slow" ? slow : fast).service.watch(id, options);
    const run = async () => ({ firstSeq: 1, lastSeq: count });
    await using served = await serve(serviceOf({ watch, run }));
    const held = served.open("/v2/runs/slow/events");
    const all = watched(held);
    await once(held, "open");
    held.pause();
    expect((await watched(served.open("/v2/runs/fast/events"))).events).toHaveLength(count);
    // What the two kernels' buffers hold, the mark, and one event: far less than the 64 MB of the log.
    expect(slow.log.read * text.length).toBeLessThan(16 * 2 ** 20);
    held.resume();
    const { events, code } = await all;
    expect(events.map(({ seq }) => seq)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(code).toBe(1000);
  });

  test("waits at maxBufferedBytes", async () => {
    const readWith = async (maxBufferedBytes: number) => {
      const { log, service } = longLog(count, text);
      const other = longLog(count, text);
      const watch = (id: string, options: object) => (id === "slow" ? service : other.service).watch(id, options);
      const run = async () => ({ firstSeq: 1, lastSeq: count });
      await using served = await serve(serviceOf({ watch, run }), { maxBufferedBytes });
      const held = served.open("/v2/runs/slow/events");
      await once(held, "open");
      held.pause();
      await watched(served.open("/v2/runs/fast/events"));
      const { read } = log;
      held.terminate();
      await expect.poll(() => log.left).toBe(1);
      // Nothing more was read for a watcher that has left.
      expect(log.read - read).toBeLessThanOrEqual(1);
      return read * text.length;
    };
    expect((await readWith(24 * 2 ** 20)) - (await readWith(1))).toBeGreaterThan(12 * 2 ** 20);
  });
});

test("a long replay leaves every other socket its turn", async () => {
  const count = 2_000;
  const { log, service } = longLog(count, "");
  await using served = await serve(service);
  let turns = 0;
  let replaying = true;
  const turn = () => {
    if (log.read > 0 && log.read < count) turns++;
    if (replaying) setImmediate(turn);
  };
  turn();
  expect((await watched(served.open(path))).events).toHaveLength(count);
  replaying = false;
  expect(turns).toBeGreaterThan(10);
});

describe("WS-33: the heartbeat", () => {
  test("drops a peer that gives no sign of life, keeps one that answers", async () => {
    await using served = await serve(silent(), { heartbeatMs: 50 });
    const alive = served.open(path);
    const dead = served.open(path, { autoPong: false });
    expect((await watched(dead)).code).toBe(1006);
    await expect.poll(() => served.attached.connections).toBe(1);
    for (let pings = 0; pings < 3; pings++) await once(alive, "ping");
    expect(alive.readyState).toBe(alive.OPEN);
  });

  test("is off with 0", async () => {
    await using served = await serve(silent(), { heartbeatMs: 0 });
    const quiet = served.open(path, { autoPong: false });
    let pings = 0;
    quiet.on("ping", () => pings++);
    await once(quiet, "open");
    await using beating = await serve(silent(), { heartbeatMs: 20 });
    const beside = beating.open(path);
    for (let n = 0; n < 5; n++) await once(beside, "ping");
    expect(pings).toBe(0);
  });
});

describe("WS-6: a rude peer", () => {
  test("that sends too much is closed with 1009, and nobody else is", async () => {
    await using served = await serve(silent());
    const other = served.open(path);
    await once(other, "open");
    const rude = served.open(path);
    await once(rude, "open");
    rude.send("x".repeat(5_000));
    expect(await watched(rude)).toMatchObject({ code: 1009, reason: "too_large: a frame" });
    expect(other.readyState).toBe(other.OPEN);
  });

  test("that sends messages is not answered", async () => {
    const { host, step } = await steppingHost();
    await using _host = host;
    await using served = await serve(host);
    const { id } = await host.train("stepping", { steps: 1 });
    const ws = served.open(`/v2/runs/${id}/events`);
    ws.on("open", () => ws.send('{"jsonrpc":"2.0"}'));
    ws.on("message", (data) => JSON.parse(String(data)).type === "progress" && step(id));
    expect((await watched(ws)).events.at(-1)?.type).toBe("succeeded");
  });

  test("that vanishes while its run is looked up ends the look-up", async () => {
    const lookedUp = Promise.withResolvers<AbortSignal>();
    const run = (_id: string, { signal }: { signal: AbortSignal }) => {
      lookedUp.resolve(signal);
      return new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason as Error)));
    };
    await using served = await serve(serviceOf({ run }), { maxConnections: 1 });
    const socket = connect(served.port, "127.0.0.1", () => socket.write(handshake));
    const signal = await lookedUp.promise;
    const aborted = once(signal, "abort");
    socket.resetAndDestroy();
    await aborted;
    expect(served.attached.connections).toBe(0);
  });

  test("that does not speak WebSocket gets the protocol's own refusal", async () => {
    await using served = await serve(silent());
    const socket = connect(served.port, "127.0.0.1", () => socket.write(handshake.replace("13", "7")));
    expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 (400|426) /);
    socket.destroy();
  });
});

describe("shutting down", () => {
  test("a host that closes tells its last events, then 1012: come back", async () => {
    const { host } = await steppingHost();
    await using served = await serve(host);
    const { id } = await host.train("stepping", { steps: 9 });
    const ws = served.open(`/v2/runs/${id}/events`);
    const seen = watched(ws);
    await once(ws, "open");
    await host.close();
    const { events, code, reason } = await seen;
    expect(events.at(-1)).toMatchObject({ type: "lost", reason: "shutdown" });
    expect([code, reason]).toEqual([1012, expect.stringMatching(/^unavailable: /)]);
  });

  test("close tells every watcher 1012 with the way back, may be called twice, and refuses newcomers meanwhile", async () => {
    await using served = await serve(silent());
    const ws = served.open(path);
    const seen = watched(ws);
    await once(ws, "open");
    const first = served.attached.close();
    const late = refused(served.open(path));
    expect(served.attached.close()).toBe(first);
    expect(await seen).toMatchObject({ code: 1012, reason: expect.stringContaining("after=") });
    await first;
    expect(served.attached.connections).toBe(0);
    expect((await late).status).toBe(503);
  });

  test("a newcomer whose look-up is under way when it closes is refused with 503", async () => {
    const asked = Promise.withResolvers<void>();
    const found = Promise.withResolvers<object>();
    const run = () => {
      asked.resolve();
      return found.promise;
    };
    await using served = await serve(serviceOf({ run }));
    const late = refused(served.open(path));
    await asked.promise;
    await served.attached.close();
    expect(await late).toMatchObject({ status: 503, headers: { "retry-after": "1" } });
    found.resolve({ firstSeq: 1, lastSeq: 1 });
    await found.promise;
    expect(served.attached.connections).toBe(0);
  });

  test.each(["of attachWs", "of close itself"])(
    "a peer that does not answer the close is dropped after the drainMs %s",
    async (whose) => {
      const forLong = 2 ** 30;
      const opened = async (drainMs: number) => {
        const served = await serve(silent(), { drainMs: whose === "of attachWs" ? drainMs : 2 ** 30 - drainMs });
        const socket = connect(served.port, "127.0.0.1", () => socket.write(handshake));
        socket.on("error", () => {});
        await once(socket, "data");
        await expect.poll(() => served.attached.connections).toBe(1);
        const close = () => served.attached.close(whose === "of attachWs" ? {} : { drainMs });
        return { served, socket, close };
      };
      const patient = await opened(forLong);
      // One after the other: were it the same time for all, the patient one would be over before the second.
      const hasty = [await opened(50), await opened(50)];
      await using _patient = patient.served;
      let waits = true;
      const patiently = patient.close().then(() => {
        waits = false;
      });
      for (const { served, close } of hasty) {
        await close();
        expect([served.attached.connections, waits]).toEqual([0, true]);
        await served[Symbol.asyncDispose]();
      }
      for (const { socket } of [patient, ...hasty]) socket.destroy();
      await patiently;
    },
  );
});
