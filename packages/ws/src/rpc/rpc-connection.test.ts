// One RPC connection on a service and a socket that the test holds: limits, ends and what they leave. Real sockets:
// rpc-messages.test.ts, rpc-streams.test.ts, rpc-files.test.ts, rpc-limits.test.ts.
import { getEventListeners } from "node:events";
import { DeepaasError, type ModelFile, modelFile, silentLogger } from "@deepaas/core";
import { frameKinds, toBinaryFrame } from "@deepaas/protocol/rpc";
import { describe, expect, test } from "vitest";
import { Connection } from "./rpc-connection.ts";
import { defaultRpcOptions, type RpcOptions } from "./rpc-options.ts";

interface Options {
  readonly signal?: AbortSignal;
  readonly timeoutMs?: number;
}

/** A call of the service that ends when the test says so. */
interface Held extends PromiseWithResolvers<unknown> {
  readonly name: string;
  readonly args: readonly unknown[];
  readonly options: Options;
}

function open(options: Partial<RpcOptions> = {}, room?: () => void | Promise<void>) {
  const held: Held[] = [];
  const sent: Record<string, unknown>[] = [];
  const closed: unknown[] = [];
  const logged: unknown[] = [];
  const discarded: string[] = [];
  const hold = (name: string, args: readonly unknown[], given: Options | undefined) => {
    const call = { ...Promise.withResolvers<unknown>(), name, args, options: given ?? {} };
    held.push(call);
    return call.promise;
  };
  const service = {
    status: (given?: Options) => hold("status", [], given),
    predict: (model: string, args: unknown, given?: Options) => hold("predict", [model, args], given),
    async *watch(id: string, given?: Options) {
      for (;;) {
        const event = await hold("watch", [id], given);
        if (event === undefined) return;
        yield event;
      }
    },
  };
  const socket = {
    send(message: string | Uint8Array) {
      if (typeof message === "string") sent.push(JSON.parse(message) as Record<string, unknown>);
      return room?.();
    },
    close: (code: number, reason: string) => void closed.push([code, reason]),
  };
  const connection = new Connection(service as never, socket, {
    ...defaultRpcOptions,
    logger: { ...silentLogger, error: (fields, text) => void logged.push([text, fields]) },
    async keepFile(file: ModelFile) {
      const kept = modelFile(await file.bytes(), { contentType: file.contentType });
      return { file: kept, discard: async () => void discarded.push("discarded") };
    },
    ...options,
  });
  const receive = (message: string | Uint8Array): unknown => connection.received(message);
  const call = (id: string | number, method: string, params: object = {}) =>
    receive(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
  const note = (method: string, params: object = {}) => receive(JSON.stringify({ jsonrpc: "2.0", method, params }));
  return { connection, receive, held, sent, closed, logged, discarded, call, note };
}

const turn = () => new Promise(setImmediate);
const codeOf = (message: Record<string, unknown> | undefined) =>
  (message as { error: { data: { code: string } } }).error.data.code;

describe("calls in progress", () => {
  test("are limited; each that ends makes room", async () => {
    const { call, held, sent } = open({ maxCalls: 2 });
    for (const id of [1, 2, 3]) call(id, "status");
    await turn();
    expect([held.length, sent.length, sent[0]?.id, codeOf(sent[0])]).toEqual([2, 1, 3, "overloaded"]);
    held[0]?.resolve("ready");
    await turn();
    call(3, "status");
    expect([held.length, sent[1]]).toEqual([3, { jsonrpc: "2.0", id: 1, result: "ready" }]);
  });

  test("that are watches are limited apart; after many that ended there is still room", async () => {
    const { call, held, sent } = open({ maxSubscriptions: 1 });
    for (let id = 1; id <= 20; id++) {
      call(id, "watch", { id: "r" });
      await turn();
      if (id % 2 === 0) held.at(-1)?.reject(new DeepaasError("unavailable", "Closing."));
      else held.at(-1)?.resolve(undefined);
      await turn();
    }
    expect([held.length, sent.length]).toEqual([20, 20]);
    call("a", "watch", { id: "r" });
    call("b", "watch", { id: "r" });
    call("c", "status");
    await turn();
    expect([held.length, sent.at(-1)?.id, codeOf(sent.at(-1))]).toEqual([22, "b", "overloaded"]);
  });

  test("with an id that is in use close the connection; afterwards it may be used again", async () => {
    const { call, held, closed } = open();
    call("a", "status");
    held[0]?.resolve(1);
    await turn();
    call("a", "status");
    expect(closed).toEqual([]);
    call("a", "status");
    expect(closed).toEqual([[4409, "already_exists: the id of a call in progress"]]);
    // Nothing is heard any more.
    call("b", "status");
    expect(held).toHaveLength(2);
  });

  test("are told when the client cancels them, or goes away, each alone", async () => {
    const { connection, call, note, held, sent } = open();
    call(1, "status");
    call(2, "status");
    note("$/cancel", { id: 1 });
    note("$/cancel", { id: 99 });
    note("$/cancel", { id: null });
    const [one, two] = held.map(({ options }) => options.signal as AbortSignal);
    expect([one?.aborted, one?.reason, two?.aborted]).toMatchObject([true, { code: "cancelled" }, false]);
    connection.closed(1006);
    expect([two?.aborted, two?.reason]).toMatchObject([true, { message: "The client disconnected (1006)." }]);
    held[1]?.resolve("late");
    await turn();
    expect(sent).toEqual([]);
  });

  test("have the options of their message, if they are any", () => {
    const { call, held } = open();
    const traceparent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    call(1, "status", { requestId: "q", timeoutMs: 5, traceparent });
    call(2, "status");
    call(3, "status", { traceparent: "none" });
    const options = held.map(({ options: given }) =>
      Object.fromEntries(Object.entries(given).filter(([name]) => name !== "signal")),
    );
    const other = { requestId: expect.stringMatching(/^[\w-]{36}$/) };
    expect(options).toStrictEqual([{ requestId: "q", timeoutMs: 5, traceparent }, other, other]);
  });
});

describe("an error", () => {
  test("of the service is the answer, and is not logged; any other is internal, and is", async () => {
    const { call, held, sent, logged } = open();
    call(1, "status");
    call(2, "status");
    held[0]?.reject(new DeepaasError("not_found", "No."));
    const bug = new Error("secret");
    held[1]?.reject(bug);
    await turn();
    expect(sent.map(codeOf)).toEqual(["not_found", "internal"]);
    expect(JSON.stringify(sent)).not.toContain("secret");
    expect(logged).toEqual([["call failed", { err: bug, requestId: expect.any(String), method: "status" }]]);
  });

  test("while a message is handled closes the connection as internal, and is logged", () => {
    const bug = new Error("bug");
    const { connection, call, closed, logged } = open({}, () => {
      throw bug;
    });
    void call(1, "nothing");
    expect([closed, logged]).toEqual([[[1011, "internal: see the server's log"]], [["message failed", { err: bug }]]]);
    connection.sweep();
    expect(closed).toHaveLength(1);
  });

  test("of a message that is none has the place of its id", () => {
    const { receive, sent } = open();
    receive("no JSON");
    receive('{"jsonrpc":"2.0","id":7}');
    expect(sent.map((message) => [message.id, (message.error as { code: number }).code, codeOf(message)])).toEqual([
      [null, -32700, "invalid_args"],
      [7, -32600, "invalid_args"],
    ]);
  });

  test("of an unknown method names at most a hundred characters of it", () => {
    const { call, sent } = open();
    call(1, "x".repeat(200));
    expect(codeOf(sent[0])).toBe("not_implemented");
    expect(sent[0]).toHaveProperty("error.message", `No method "${"x".repeat(100)}".`);
  });
});

describe("credit", () => {
  const events = (sent: readonly Record<string, unknown>[]) => sent.filter(({ method }) => method === "$/event").length;

  test("lets a watch go on by as many events, and by no others", async () => {
    const { call, note, held, sent } = open();
    call(1, "watch", { id: "r", credit: 1 });
    await turn();
    held.at(-1)?.resolve({ seq: 1, type: "log" });
    await turn();
    expect([events(sent), held.length]).toEqual([1, 1]);
    for (const items of [0, -1, "1", null]) note("$/credit", { id: 1, items });
    note("$/credit", { id: 2, items: 5 });
    note("$/other", { id: 1, items: 5 });
    await turn();
    expect(held).toHaveLength(1);
    note("$/credit", { id: 1, items: 2 });
    for (const seq of [2, 3]) {
      await turn();
      held.at(-1)?.resolve({ seq, type: "log" });
    }
    await turn();
    expect([events(sent), held.length]).toEqual([3, 3]);
  });
});

describe("files of a call", () => {
  const args = { a: { $file: { id: 1, contentType: "text/plain" } }, x: 1 };
  const content = (kind: 0 | 1, text: string, id = 1) =>
    toBinaryFrame({ kind, id, content: new TextEncoder().encode(text) });

  test("arrive before it starts, and are discarded after its answer; no listener is left", async () => {
    const { receive, call, held, sent, discarded } = open();
    call(1, "predict", { model: "m", args });
    receive(content(frameKinds.filePart, "ab"));
    await turn();
    expect(held).toEqual([]);
    receive(content(frameKinds.fileEnd, "c"));
    await expect.poll(() => held.length).toBe(1);
    const given = held[0]?.args[1] as { a: ModelFile; x: number };
    expect([await given.a.text(), given.x, discarded]).toEqual(["abc", 1, []]);
    const signal = held[0]?.options.signal as AbortSignal;
    expect(getEventListeners(signal, "abort")).toHaveLength(1);
    held[0]?.resolve("done");
    await turn();
    expect(sent.at(-1)).toEqual({ jsonrpc: "2.0", id: 1, result: "done" });
    expect([discarded, getEventListeners(signal, "abort").length]).toEqual([["discarded"], 0]);
  });

  test("of a call that is cancelled meanwhile are dropped, and it does not start", async () => {
    const { receive, call, note, held, sent } = open();
    call(1, "predict", { model: "m", args });
    receive(content(frameKinds.filePart, "ab"));
    await turn();
    note("$/cancel", { id: 1 });
    await turn();
    await turn();
    expect(sent.find(({ method }) => method === "$/drop")).toMatchObject({ params: { attachment: 1 } });
    expect([held, codeOf(sent.find(({ id }) => id === 1))]).toEqual([[], "cancelled"]);
  });

  test("of a call that is refused are dropped", async () => {
    const { call, sent, held } = open({ maxCalls: 0 });
    call(1, "predict", { model: "m", args });
    await turn();
    expect([held, sent.map(({ method, id }) => method ?? id)]).toEqual([[], ["$/drop", 1]]);
    const plain = open({ maxCalls: 0 });
    plain.call(1, "predict", { model: "m", args: { x: 1 } });
    expect(plain.sent.map(({ method, id }) => method ?? id)).toEqual([1]);
  });

  test("with a reference that is none make it invalid, and the connection goes on", async () => {
    const { call, sent, held, closed } = open();
    call(1, "predict", { model: "m", args: { a: { $file: { id: -1 } } } });
    expect([codeOf(sent[0]), closed]).toEqual(["invalid_args", []]);
    call(2, "predict", { model: "m", args: { $note: '$file"' } });
    await turn();
    expect(held).toHaveLength(1);
  });
});

describe("a client that reads slowly", () => {
  test("is not read from until it has read; then it is", async () => {
    const rooms: PromiseWithResolvers<void>[] = [];
    const { call, held, note } = open({}, () => {
      const room = Promise.withResolvers<void>();
      rooms.push(room);
      return room.promise;
    });
    expect(call(1, "status")).toBeUndefined();
    expect(note("$/ping")).toBeInstanceOf(Promise);
    expect(note("$/ping")).toBeInstanceOf(Promise);
    rooms[0]?.resolve();
    await turn();
    // The last message has not been sent yet.
    expect(call(2, "status")).toBeInstanceOf(Promise);
    rooms[1]?.resolve();
    await turn();
    expect(call(3, "status")).toBeUndefined();
    expect(held).toHaveLength(3);
  });
});

describe("a drain", () => {
  test("resolves when the last call that is no watch has its answer; new calls are refused", async () => {
    const { connection, call, held, sent } = open();
    call(1, "status");
    call(2, "watch", { id: "r" });
    await turn();
    let drained = false;
    void connection.drain().then(() => {
      drained = true;
    });
    await turn();
    call(3, "status");
    expect([drained, codeOf(sent.at(-1))]).toEqual([false, "unavailable"]);
    held[0]?.resolve("ready");
    await turn();
    expect(drained).toBe(true);
    expect(connection.drain()).toBe(connection.drain());
  });

  test("of an idle connection resolves at once", async () => {
    await open().connection.drain();
  });
});

test("a sweep fails what stands still; an ended connection is not swept", async () => {
  const { connection, receive, call, sent, closed } = open();
  call(1, "predict", { model: "m", args: { a: { $file: { id: 1, contentType: "text/plain" } } } });
  connection.sweep();
  connection.sweep();
  await turn();
  await turn();
  expect([closed, codeOf(sent.find(({ id }) => id === 1))]).toEqual([[], "deadline_exceeded"]);
  receive(toBinaryFrame({ kind: frameKinds.messagePart, id: 1, content: new Uint8Array(1) }));
  connection.sweep();
  connection.sweep();
  connection.sweep();
  expect(closed).toEqual([[4408, "deadline_exceeded: a message stood still"]]);
});

test("a file that is sent fails with its connection", async () => {
  const { connection, call, held } = open();
  let cancelled = false;
  const cancel = () => {
    cancelled = true;
  };
  call(1, "predict", { model: "m", args: {} });
  held[0]?.resolve(modelFile(new ReadableStream({ cancel }), { contentType: "text/plain" }));
  await turn();
  connection.closed(1006);
  await turn();
  expect(cancelled).toBe(true);
});
