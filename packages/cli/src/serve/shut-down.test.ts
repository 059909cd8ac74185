// The order and the times of a shutdown, on a clock that the test moves.
import { EventEmitter } from "node:events";
import type { Server } from "node:http";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { arrivingBodies } from "./arriving-bodies.ts";
import { shutDown } from "./shut-down.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A server whose connections end when the test says so. */
function fakeServer() {
  const steps: string[] = [];
  const closing: (() => void)[] = [];
  const server = Object.assign(new EventEmitter(), {
    close(done?: () => void) {
      steps.push("close");
      if (done) closing.push(done);
    },
    closeIdleConnections: () => void steps.push("idle"),
    closeAllConnections: () => void steps.push("all"),
  });
  return { server: server as unknown as Server, steps, closed: () => closing[0]?.() };
}

function request(server: Server) {
  const headers: string[] = [];
  const response = Object.assign(new EventEmitter(), {
    setHeader: (name: string, value: string) => void headers.push(`${name}: ${value}`),
  });
  const given = { complete: false };
  server.emit("request", given, response);
  return { headers, response, request: given };
}

const settled = (work: Promise<unknown>) => {
  const state = { done: false };
  void work.then(() => {
    state.done = true;
  });
  return state;
};

describe("requests whose body arrives", () => {
  test("are waited for until their responses are closed", async () => {
    const { server } = fakeServer();
    const bodies = arrivingBodies(server);
    const [first, second, complete] = [request(server), request(server), request(server)];
    complete.request.complete = true;
    const state = settled(bodies.settled(60_000));
    first.response.emit("close");
    await vi.advanceTimersByTimeAsync(59_000);
    expect(state.done).toBe(false);
    second.response.emit("close");
    await vi.advanceTimersByTimeAsync(0);
    expect([state.done, vi.getTimerCount()]).toEqual([true, 0]);
  });

  test("are waited for no longer than the time that is given", async () => {
    const { server } = fakeServer();
    const bodies = arrivingBodies(server);
    request(server);
    const state = settled(bodies.settled(500));
    await vi.advanceTimersByTimeAsync(499);
    expect(state.done).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect([state.done, vi.getTimerCount()]).toEqual([true, 0]);
  });

  test("none: nothing is waited for, also after requests that were answered", async () => {
    const { server } = fakeServer();
    const bodies = arrivingBodies(server);
    const { response } = request(server);
    response.emit("close");
    expect(response.listenerCount("close")).toBe(0);
    const state = settled(bodies.settled(60_000));
    await vi.advanceTimersByTimeAsync(0);
    expect([state.done, vi.getTimerCount(), response.listenerCount("close")]).toEqual([true, 0, 0]);
  });

  test("are seen before any other listener answers them", async () => {
    const { server } = fakeServer();
    server.on("request", (_request, response) => response.emit("close"));
    const bodies = arrivingBodies(server);
    request(server);
    const state = settled(bodies.settled(60_000));
    await vi.advanceTimersByTimeAsync(0);
    expect(state.done).toBe(true);
  });
});

describe("a shutdown", () => {
  function begin(drainMs: number, arriving = Promise.resolve()) {
    const { server, steps, closed } = fakeServer();
    const drains: number[] = [];
    const waits: number[] = [];
    const work = shutDown({
      server,
      host: {
        async close({ drainMs: ms } = {}) {
          steps.push("host");
          drains.push(ms ?? Number.NaN);
        },
      },
      sockets: { close: async () => void steps.push("sockets") },
      bodies: {
        closed: async () => {},
        settled: (ms) => {
          steps.push("bodies");
          waits.push(ms);
          return arriving;
        },
      },
      drainMs,
    });
    return { server, steps, closed, drains, waits, state: settled(work) };
  }

  test("goes in order: no connection, bodies, host, sockets, connections", async () => {
    const { steps, closed, drains, waits, state } = begin(30_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(steps).toEqual(["close", "bodies", "host", "sockets", "idle", "close"]);
    expect([waits, drains]).toEqual([[30_000], [30_000]]);
    closed();
    await vi.advanceTimersByTimeAsync(0);
    expect([steps.at(-1), state.done, vi.getTimerCount()]).toEqual(["all", true, 0]);
  });

  test("gives the calls what is left of the time, at least nothing", async () => {
    for (const [tookMs, leftMs] of [
      [400, 600],
      [1_000, 0],
      [1_500, 0],
    ] as const) {
      const arriving = Promise.withResolvers<void>();
      const { drains, steps } = begin(1_000, arriving.promise);
      await vi.advanceTimersByTimeAsync(tookMs);
      expect(steps).toEqual(["close", "bodies"]);
      arriving.resolve();
      await vi.advanceTimersByTimeAsync(0);
      expect(drains).toEqual([leftMs]);
    }
  });

  test("has each further response close its connection, before anybody answers", () => {
    const { server } = begin(1_000, new Promise(() => {}));
    const seen: string[] = [];
    server.on("request", (_request, response) => {
      seen.push(...(response as unknown as { headers: string[] }).headers);
    });
    const response = {
      headers: [] as string[],
      setHeader: (...header: string[]) => response.headers.push(header.join(": ")),
    };
    server.emit("request", {}, response);
    expect(seen).toEqual(["Connection: close"]);
  });

  test("closes idle connections again and again for a second, then all", async () => {
    const { steps, state } = begin(0);
    await vi.advanceTimersByTimeAsync(999);
    expect([state.done, steps.includes("all"), steps.filter((step) => step === "idle").length]).toEqual([
      false,
      false,
      50,
    ]);
    await vi.advanceTimersByTimeAsync(1);
    expect([state.done, steps.at(-1), vi.getTimerCount()]).toEqual([true, "all", 0]);
  });
});
