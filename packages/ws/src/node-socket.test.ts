import { EventEmitter } from "node:events";
import { PassThrough, Writable } from "node:stream";
import { setImmediate as nextTurn } from "node:timers/promises";
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { nodeSocket } from "./node-socket.ts";

function socketWith(state: { readyState: number; bufferedAmount: number }) {
  const sent: ((error?: Error) => void)[] = [];
  const ws = Object.assign(new EventEmitter(), state, { send: (_: string, done: () => void) => sent.push(done) });
  return { ws, sent, socket: nodeSocket(ws as unknown as WebSocket, new PassThrough(), 100) };
}

async function isSettled(promise: void | Promise<void>): Promise<boolean> {
  return Promise.race([Promise.resolve(promise).then(() => true), new Promise<false>((r) => setImmediate(r, false))]);
}

test("above the mark a send settles when what waits has gone", async () => {
  const { sent, socket } = socketWith({ readyState: WebSocket.OPEN, bufferedAmount: 100 });
  const sending = socket.send("x");
  expect(await isSettled(sending)).toBe(false);
  sent[0]?.();
  expect(await isSettled(sending)).toBe(true);
});

test("a send that fails, and one on a closing socket, settle only with its close", async () => {
  const failing = socketWith({ readyState: WebSocket.OPEN, bufferedAmount: 100 });
  const closing = socketWith({ readyState: WebSocket.CLOSING, bufferedAmount: 0 });
  const sends = [failing.socket.send("x"), closing.socket.send("x")];
  failing.sent[0]?.(new Error("gone"));
  expect(closing.sent).toEqual([]);
  expect(await Promise.all(sends.map(isSettled))).toEqual([false, false]);
  failing.ws.emit("close");
  closing.ws.emit("close");
  expect(await Promise.all(sends.map(isSettled))).toEqual([true, true]);
});

test("what is sent in one turn of the event loop is written at once, and before the next", async () => {
  const writes: number[] = [];
  const below = new Writable({
    write: (_chunk, _encoding, done) => {
      writes.push(1);
      done();
    },
    writev: (chunks, done) => {
      writes.push(chunks.length);
      done();
    },
  });
  const ws = Object.assign(new EventEmitter(), {
    readyState: WebSocket.OPEN,
    bufferedAmount: 0,
    send: (text: string) => void below.write(text),
  });
  const socket = nodeSocket(ws as unknown as WebSocket, below, 100);
  for (let turn = 0; turn < 2; turn++) {
    for (const text of ["a", "b", "c"]) void socket.send(text);
    await nextTurn();
  }
  expect(writes).toEqual([3, 3]);
});
