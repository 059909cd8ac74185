import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import { heartbeat } from "./heartbeat.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The parts of a socket that the heartbeat looks at. */
function peer() {
  const ws = Object.assign(new EventEmitter(), {
    readyState: WebSocket.OPEN as number,
    bufferedAmount: 0,
    pings: 0,
    terminated: false,
    ping: () => {
      ws.pings++;
    },
    terminate: () => {
      ws.terminated = true;
      ws.emit("close");
    },
  });
  return { ws, socket: { bytesWritten: 0, writableLength: 0 } };
}

function beating({ ws, socket }: ReturnType<typeof peer>) {
  const beats = heartbeat(1_000);
  beats.add(ws as unknown as WebSocket, socket as unknown as Socket);
  return () => vi.advanceTimersByTime(1_000);
}

test("who says nothing after a ping is dropped at the next beat", () => {
  const one = peer();
  const beat = beating(one);
  beat();
  expect([one.ws.pings, one.ws.terminated]).toEqual([1, false]);
  beat();
  expect(one.ws.terminated).toBe(true);
});

test.each(["pong", "ping", "message"])("a %s keeps a peer", (sign) => {
  const one = peer();
  const beat = beating(one);
  for (let n = 0; n < 5; n++) {
    beat();
    one.ws.emit(sign);
  }
  expect(one.ws.terminated).toBe(false);
});

test("a slow reader is kept while it reads, though its pong waits, and dropped once it stops", () => {
  const one = peer();
  const beat = beating(one);
  one.ws.bufferedAmount = 1_000_000;
  for (let n = 1; n <= 5; n++) {
    one.socket.bytesWritten = 2_000_000;
    one.socket.writableLength = 2_000_000 - n * 1_000;
    beat();
  }
  expect(one.ws.terminated).toBe(false);
  beat();
  expect(one.ws.terminated).toBe(true);
});

test("a socket that is closing is left to end by itself", () => {
  const one = peer();
  const beat = beating(one);
  one.ws.readyState = WebSocket.CLOSING;
  beat();
  beat();
  expect([one.ws.pings, one.ws.terminated]).toEqual([0, false]);
});
