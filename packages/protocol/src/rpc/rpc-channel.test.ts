// Two channels, each of which is the other's socket; and one alone, whose other side is the test.
import { DeepaasError, type ModelFile } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { bytes, channel, last, lost, openFile, part, ref, rejection, thrown, turn } from "../testing/channels.ts";
import { frameKinds, toBinaryFrame } from "./binary-frame.ts";
import type { Outgoing } from "./rpc-channel.ts";
import { attachmentWindow, maxFrameBytes } from "./rpc-limits.ts";
import { BadMessage } from "./rpc-socket.ts";

/** A sender and a receiver. What one sends, the other gets at once. */
function pair() {
  const [a, b] = [channel(), channel()];
  const pass = (from: typeof a, to: typeof a) => {
    for (const message of from.sent.splice(0)) {
      if (typeof message !== "string") to.channel.received(message);
      else {
        const { method, params } = JSON.parse(message) as { method: string; params: Record<string, unknown> };
        expect(to.channel.noted(method, params)).toBe(true);
      }
    }
  };
  return {
    sender: a.channel,
    receiver: b.channel,
    async flow() {
      for (let i = 0; i < 100; i++) {
        pass(a, b);
        pass(b, a);
        await new Promise(setImmediate);
      }
    },
  };
}

describe("a file", () => {
  test("arrives with its content, type, size and name", async () => {
    const { sender, receiver, flow } = pair();
    const args = { file: new File(["abc"], "a.txt", { type: "text/plain" }), more: [new Uint8Array(300_000)] };
    const outgoing = sender.outgoing(args);
    expect(outgoing.totalBytes).toBe(300_003);
    const opened = new Map<number, ModelFile>();
    const got = receiver.incoming(outgoing.value, opened) as { file: ModelFile; more: ModelFile[] };
    expect([...opened]).toEqual([
      [1, got.file],
      [2, got.more[0]],
    ]);
    const sent = sender.sendFiles(outgoing);
    expect(sender.sending.size).toBe(2);
    const contents = Promise.all([got.file.text(), (got.more[0] as ModelFile).bytes()]);
    await flow();
    await sent;
    expect(sender.sending.size).toBe(0);
    const [text, zeros] = await contents;
    expect([text, zeros.length]).toEqual(["abc", 300_000]);
    expect([got.file.contentType, got.file.size, got.file.originalFilename]).toEqual(["text/plain", 3, "a.txt"]);
  });

  test("of an unknown size has no total; values without files have a total of 0", () => {
    const one = channel().channel;
    const { file } = openFile();
    expect(one.outgoing({ a: file, b: new Blob(["abc"]) })).not.toHaveProperty("totalBytes");
    expect(one.outgoing({ x: 1 })).toEqual({ value: { x: 1 }, files: [], totalBytes: 0 });
  });

  test("that is larger than the window waits until it is read", async () => {
    const { sender, receiver, flow } = pair();
    const progress: number[] = [];
    const outgoing = sender.outgoing({ a: new Uint8Array(3 * attachmentWindow) }, (more) => progress.push(more));
    const { a } = receiver.incoming(outgoing.value) as { a: ModelFile };
    const sent = sender.sendFiles(outgoing);
    await flow();
    const sum = () => progress.reduce((total, more) => total + more, 0);
    expect(sum()).toBe(attachmentWindow);
    const content = a.bytes();
    await flow();
    await sent;
    expect([(await content).length, sum()]).toEqual([3 * attachmentWindow, 3 * attachmentWindow]);
  });

  test("that cannot be read fails on the other side with its error", async () => {
    const { sender, receiver, flow } = pair();
    const { file, fail } = openFile();
    const outgoing = sender.outgoing({ a: file });
    const { a } = receiver.incoming(outgoing.value) as { a: ModelFile };
    const sent = sender.sendFiles(outgoing);
    fail(new DeepaasError("not_found", "The file is gone."));
    await flow();
    await sent;
    expect(await rejection(a.bytes())).toMatchObject({ code: "not_found", message: "The file is gone." });
    expect(sender.sending.size).toBe(0);
  });

  test("that is not read to its end is stopped at its source", async () => {
    const { sender, receiver, flow } = pair();
    const { file, add, cancelled } = openFile();
    const outgoing = sender.outgoing({ a: file });
    const { a } = receiver.incoming(outgoing.value) as { a: ModelFile };
    const sent = sender.sendFiles(outgoing);
    add(new Uint8Array(10));
    await flow();
    await a.stream().cancel();
    await flow();
    await sent;
    expect([cancelled(), sender.sending.size]).toEqual([true, 0]);
  });

  test("that its sender stops cancels its source and sends nothing more", async () => {
    const { channel: one, sent } = channel();
    const { file, add, cancelled } = openFile();
    const outgoing = one.outgoing({ a: file });
    const done = one.sendFiles(outgoing);
    add(new Uint8Array(10));
    await turn();
    expect(sent).toHaveLength(1);
    one.stopFiles(outgoing);
    await done;
    expect([cancelled(), sent.length, one.sending.size]).toEqual([true, 1, 0]);
  });
});

describe("a note", () => {
  test("that is not about files is for somebody else", () => {
    const { channel: one } = channel();
    for (const method of ["$/cancel", "$/credit", "$/ping", "$/event"])
      expect(one.noted(method, { attachment: 1 })).toBe(false);
    for (const method of ["$/ack", "$/drop", "$/fail"]) {
      expect(one.noted(method, { attachment: 1, bytes: 1 })).toBe(true);
      expect(one.noted(method, { attachment: "1", bytes: 1 })).toBe(true);
    }
  });

  test.each([
    [{ bytes: 0 }, 0],
    [{ bytes: -5 }, 0],
    [{ bytes: "5" }, 0],
    [{}, 0],
    [{ bytes: 5 }, 5],
    [{ attachment: "1", bytes: 5 }, 0],
    [{ attachment: 2, bytes: 5 }, 0],
  ])("$/ack with %j lets the sender send %i bytes", async (params, more) => {
    const { channel: one, frames } = channel();
    const { file, add } = openFile();
    void one.sendFiles(one.outgoing({ a: file }));
    add(new Uint8Array(attachmentWindow + 100));
    await turn();
    one.noted("$/ack", { attachment: 1, ...params });
    await turn();
    expect(frames().reduce((sum, { content }) => sum + content.length, 0)).toBe(attachmentWindow + more);
    one.close(lost);
  });

  test("$/drop stops the file at its source, and only that one", async () => {
    const { channel: one } = channel();
    const [a, b] = [openFile(), openFile()];
    void one.sendFiles(one.outgoing({ a: a.file, b: b.file }));
    await turn();
    one.noted("$/drop", { attachment: 2 });
    await turn();
    expect([a.cancelled(), b.cancelled(), one.sending.size]).toEqual([false, true, 1]);
    one.close(lost);
  });

  test("$/fail fails the file that is received, once; its later parts are ignored", async () => {
    const { channel: one, notes } = channel();
    const { a } = one.incoming({ a: ref(1) }) as { a: ModelFile };
    const content = rejection(a.bytes());
    one.received(part(1, "ab"));
    one.noted("$/fail", { attachment: 1, error: { code: "not_found", message: "Gone." } });
    one.received(part(1, "cd"));
    one.received(last(1));
    expect(await content).toMatchObject({ code: "not_found" });
    expect(notes()).toEqual([]);
  });
});

describe("a text", () => {
  test("is sent as it is, with the room of the socket", async () => {
    const room = Promise.withResolvers<void>();
    const { channel: one, sent } = channel({}, () => room.promise);
    let sentAll = false;
    void Promise.resolve(one.send("abc")).then(() => {
      sentAll = true;
    });
    await turn();
    expect([sent, sentAll]).toEqual([["abc"], false]);
    room.resolve();
    await turn();
    expect(sentAll).toBe(true);
    expect(channel().channel.send("abc")).toBeUndefined();
  });

  test("longer than a frame is sent in parts, each message under an id of its own", async () => {
    let rooms = 0;
    const { channel: one, sent, frames } = channel({}, async () => void rooms++);
    const other = channel();
    const texts = ["a".repeat(maxFrameBytes + 1), "b".repeat(maxFrameBytes + 1)];
    for (const text of texts) await one.send(text);
    expect(rooms).toBe(sent.length);
    expect([...new Set(frames().map(({ id }) => id))]).toEqual([1, 2]);
    for (const message of sent) other.channel.received(message);
    expect(other.texts).toEqual(texts);
  });

  test("in parts is limited by maxMessageBytes", () => {
    const message = (content: string, kind: 2 | 3) => toBinaryFrame({ kind, id: 1, content: bytes(content) });
    const { channel: one, texts } = channel({ maxMessageBytes: 4 });
    one.received(message("ab", frameKinds.messagePart));
    one.received(message("cd", frameKinds.messageEnd));
    expect(texts).toEqual(["abcd"]);
    one.received(message("abc", frameKinds.messagePart));
    expect(thrown(() => one.received(message("de", frameKinds.messageEnd)))?.close.code).toBe(4413);
  });
});

describe("what is received", () => {
  test("as one frame has at most 1 MiB", () => {
    const { channel: one, texts } = channel();
    one.received("a".repeat(maxFrameBytes));
    expect(texts).toHaveLength(1);
    expect(thrown(() => one.received("a".repeat(maxFrameBytes + 1)))?.close.code).toBe(1009);
    expect(thrown(() => one.received(new Uint8Array(maxFrameBytes + 1)))?.close.code).toBe(1009);
  });

  test.each([
    ["no head", new Uint8Array([0])],
    ["a file that was never announced", part(7, "a")],
    ["the first file before it was announced", part(0, "a")],
  ])("as a binary frame of %s must close the connection", (_name, frame) => {
    const { channel: one } = channel();
    expect(thrown(() => one.received(frame))).toBeInstanceOf(BadMessage);
    expect(thrown(() => one.received(frame))?.close.code).toBe(4400);
  });

  test("of a file that was dropped is ignored", async () => {
    const { channel: one, notes } = channel();
    one.refuse({ a: ref(3) });
    expect(notes()).toEqual([{ method: "$/drop", attachment: 3 }]);
    one.received(part(3, "a"));
    one.received(last(2));
    expect(notes()).toHaveLength(1);
    // Its id counts as used.
    expect(thrown(() => one.incoming({ a: ref(3) }))?.close.code).toBe(4400);
    expect(thrown(() => one.received(part(4, "a")))?.close.code).toBe(4400);
  });
});

describe("a reference", () => {
  test("whose id was used before must close the connection", () => {
    const { channel: one } = channel();
    one.incoming({ a: ref(0) });
    one.incoming({ a: ref(5) });
    for (const id of [5, 4, 0]) expect(thrown(() => one.incoming({ a: ref(id) }))).toBeInstanceOf(BadMessage);
    one.refuse({ a: ref(2) });
    expect(thrown(() => one.incoming({ a: ref(3) }))).toBeInstanceOf(BadMessage);
    one.incoming({ a: ref(6) });
  });

  test("beyond maxAttachments is overloaded: all files of the value are dropped", async () => {
    const { channel: one, notes } = channel({ maxAttachments: 2 });
    const { a } = one.incoming({ a: ref(1) }) as { a: ModelFile };
    const error = thrown(() => one.incoming({ b: ref(2), c: ref(3) }));
    expect(error).toMatchObject({ code: "overloaded", retryAfterMs: 1_000 });
    expect(notes()).toEqual([
      { method: "$/drop", attachment: 2 },
      { method: "$/drop", attachment: 3 },
    ]);
    // A file that has arrived frees its place.
    one.received(last(1, "x"));
    expect(await a.text()).toBe("x");
    one.incoming({ b: ref(4), c: ref(5) });
  });

  test("that is not one is invalid_args, and refused without a note", () => {
    const { channel: one, notes } = channel();
    expect(thrown(() => one.incoming({ a: { $file: { id: -1 } } }))).toMatchObject({ code: "invalid_args" });
    one.refuse({ a: { $file: { id: "x" } } });
    expect(notes()).toEqual([]);
  });
});

test("files are sent under ids that grow", () => {
  const { channel: one } = channel();
  const ids = (outgoing: Outgoing) => outgoing.files.map((out) => out.ref.id);
  expect(ids(one.outgoing({ a: new Blob([]), b: new Blob([]) }))).toEqual([1, 2]);
  expect(ids(one.outgoing({ a: new Blob([]) }))).toEqual([3]);
});
