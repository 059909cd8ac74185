// Files and long messages over the RPC endpoint, byte by byte.
import { existsSync } from "node:fs";
import { type JsonValue, type ModelFile, modelFile } from "@deepaas/core";
import {
  attachmentWindow,
  binaryFrameFrom,
  type FrameKind,
  frameKinds,
  maxFrameBytes,
  toBinaryFrame,
} from "@deepaas/protocol/rpc";
import { describe, expect, test } from "vitest";
import { echo, rpcPeer } from "../testing/rpc-peer.ts";
import { serve, serviceOf } from "../testing/serve.ts";

const { filePart, fileEnd, messagePart, messageEnd } = frameKinds;
const bytesOf = (text: string) => new TextEncoder().encode(text);
const frame = (kind: FrameKind, id: number, content: string | Uint8Array<ArrayBuffer> = "") =>
  toBinaryFrame({ kind, id, content: typeof content === "string" ? bytesOf(content) : content });
const ref = (id: number, more: object = {}) => ({ $file: { id, contentType: "text/x", ...more } });

/** Reads the files it gets, twice, and says what they are. */
const reading = serviceOf({
  async predict(_model: string, { file }: { file: ModelFile }) {
    const { contentType, originalFilename = null, size = null, path = null } = file;
    return { text: await file.text(), again: await file.text(), contentType, originalFilename, size, path };
  },
});

describe("in", () => {
  test("WS-10, WS-19, WS-21, WS-22: a call with files begins when they have come, their parts mixed", async () => {
    const seen: unknown[] = [];
    const predict = async (_model: string, { files }: { files: readonly ModelFile[] }) => {
      seen.push(files.length);
      return Promise.all(files.map((file) => file.text()));
    };
    await using served = await serve(serviceOf({ ...echo, predict }));
    const peer = await rpcPeer(served.port);
    const call = peer.call("predict", { model: "m", args: { files: [ref(3), ref(7, { size: 2 })] } });
    peer.raw(frame(filePart, 7, "c"));
    peer.raw(frame(filePart, 3, "a"));
    peer.raw(frame(fileEnd, 7, "d"));
    peer.note("$/ping", {});
    await peer.until(({ method }) => method === "$/pong");
    expect(seen).toEqual([]);
    peer.raw(frame(fileEnd, 3, "b"));
    expect((await call).result).toEqual(["ab", "cd"]);
    expect(seen).toEqual([2]);
  });

  test("WS-19: it can be read again and again; a large one lies on disk while its call lasts", async () => {
    await using served = await serve(reading);
    const peer = await rpcPeer(served.port);
    const small = peer.call("predict", { model: "m", args: { file: ref(1, { size: 2, name: "../a.txt" }) } });
    peer.raw(frame(fileEnd, 1, "hi"));
    expect((await small).result).toMatchObject({
      text: "hi",
      again: "hi",
      contentType: "text/x",
      originalFilename: "a.txt",
      size: 2,
      path: null,
    });
    const large = peer.call("predict", { model: "m", args: { file: ref(2) } });
    const half = "x".repeat(200_000);
    peer.raw(frame(filePart, 2, half));
    peer.raw(frame(fileEnd, 2, half));
    const { result } = await large;
    expect(result).toMatchObject({ text: half + half, again: half + half, size: 400_000 });
    await expect.poll(() => existsSync(result.path as string)).toBe(false);
  });

  test("WS-23: the receiver says what it took, and more than the window ahead closes with 4400", async () => {
    const predict = async (_model: string, { file }: { file: ModelFile }) => (await file.bytes()).length;
    await using served = await serve(serviceOf({ predict }));
    const peer = await rpcPeer(served.port);
    const part = new Uint8Array(attachmentWindow / 4);
    const call = peer.call("predict", { model: "m", args: { file: ref(1) } });
    for (let sent = 0; sent < 4; sent++) peer.raw(frame(filePart, 1, part));
    await peer.until(({ method }) => method === "$/ack");
    peer.raw(frame(fileEnd, 1));
    expect((await call).result).toBe(attachmentWindow);
    const gate = Promise.withResolvers<void>();
    await using stuck = await serve(serviceOf({ predict: () => gate.promise }));
    const rude = await rpcPeer(stuck.port);
    // Both files go to disk one after the other: nobody takes from the second.
    void rude.call("predict", { model: "m", args: { one: ref(1), two: ref(2) } });
    for (let sent = 0; sent < 5; sent++) rude.raw(frame(filePart, 2, part));
    expect(await rude.closed).toMatchObject({ code: 4400, reason: expect.stringMatching(/window/) });
  });

  test("WS-24: what the sender cannot send fails the call with its error", async () => {
    await using served = await serve(reading);
    const peer = await rpcPeer(served.port);
    const call = peer.call("predict", { model: "m", args: { file: ref(1) } });
    peer.raw(frame(filePart, 1, "a"));
    peer.note("$/fail", { attachment: 1, error: { code: "failed_precondition", message: "gone" } });
    expect((await call).error?.data).toMatchObject({ code: "failed_precondition", message: "gone" });
  });

  test("WS-13, WS-24: a call that is cancelled while its file comes drops it, and later parts are ignored", async () => {
    await using served = await serve(reading);
    const peer = await rpcPeer(served.port);
    const call = peer.call("predict", { model: "m", args: { file: ref(1) } }, "c");
    peer.raw(frame(filePart, 1, "a"));
    peer.note("$/cancel", { id: "c" });
    expect((await call).error?.data.code).toBe("cancelled");
    await peer.until(({ method, params }) => method === "$/drop" && params.attachment === 1);
    peer.raw(frame(filePart, 1, "b"));
    peer.raw(frame(fileEnd, 1));
    const next = peer.call("predict", { model: "m", args: { file: ref(2) } });
    peer.raw(frame(fileEnd, 2, "next"));
    expect((await next).result.text).toBe("next");
  });

  test.each([
    ["a method that is not there", "nothing"],
    ["wrong params", "watch"],
  ])("WS-24: the files of %s are dropped, and the connection goes on", async (_, method) => {
    await using served = await serve(serviceOf(echo));
    const peer = await rpcPeer(served.port);
    const call = peer.call(method, { args: { file: ref(1) } });
    peer.raw(frame(fileEnd, 1, "a"));
    expect((await call).error).toBeDefined();
    await peer.until(({ method }) => method === "$/drop");
    expect((await peer.call("predict", { model: "m", args: 1 })).result).toBe(1);
  });

  test("WS-29: one file too many under way is overloaded", async () => {
    await using served = await serve(reading, { maxAttachments: 1 });
    const peer = await rpcPeer(served.port);
    const first = peer.call("predict", { model: "m", args: { file: ref(1) } });
    const second = await peer.call("predict", { model: "m", args: { file: ref(2) } });
    expect(second.error?.data).toMatchObject({ code: "overloaded", retryAfterMs: 1_000 });
    peer.raw(frame(fileEnd, 2, "ignored"));
    peer.raw(frame(fileEnd, 1, "one"));
    expect((await first).result.text).toBe("one");
  });

  test.each([
    ["that says so", { size: 101 }],
    ["that does not", {}],
  ])("WS-30: files beyond maxFileBytes %s are too_large", async (_, more) => {
    await using served = await serve(reading, { maxFileBytes: 100 });
    const peer = await rpcPeer(served.port);
    const call = peer.call("predict", { model: "m", args: { file: ref(1, more) } });
    peer.raw(frame(fileEnd, 1, "x".repeat(101)));
    expect((await call).error).toMatchObject({ code: -32013, data: { code: "too_large" } });
    const fits = peer.call("predict", { model: "m", args: { file: ref(2) } });
    peer.raw(frame(fileEnd, 2, "x".repeat(100)));
    expect((await fits).result.size).toBe(100);
  });

  test("WS-32: a file that stands still is given up with deadline_exceeded; one that moves is not", async () => {
    await using served = await serve(reading, { stallMs: 60 });
    const peer = await rpcPeer(served.port);
    const still = peer.call("predict", { model: "m", args: { file: ref(1) } });
    const moving = peer.call("predict", { model: "m", args: { file: ref(2) } });
    const mover = setInterval(() => peer.raw(frame(filePart, 2, "x")), 10);
    expect((await still).error?.data.code).toBe("deadline_exceeded");
    clearInterval(mover);
    peer.raw(frame(fileEnd, 2, "end"));
    expect((await moving).result.text).toMatch(/^x+end$/);
  });
});

describe("out", () => {
  const content = new Uint8Array(attachmentWindow + 300_000).map((_, i) => i % 251);
  const artifact = async () => modelFile(content, { contentType: "a/b", originalFilename: "n" });

  test("WS-19, WS-21, WS-23, WS-26: a file comes in frames, no further ahead than a window", async () => {
    await using served = await serve(serviceOf({ artifact }));
    const peer = await rpcPeer(served.port);
    const { result } = await peer.call("artifact", { id: "i", name: "n" });
    expect(result).toEqual({ $file: { id: expect.any(Number), contentType: "a/b", size: content.length, name: "n" } });
    const { id } = result.$file as { id: number };
    const came = () => peer.frames.reduce((sum, { length }) => sum + length - 5, 0);
    await expect.poll(came).toBe(attachmentWindow);
    peer.note("$/ack", { attachment: id, bytes: 200_000 });
    peer.note("$/ack", { attachment: id, bytes: 200_000 });
    await peer.untilFrame((bytes) => binaryFrameFrom(bytes)?.kind === fileEnd);
    const frames = peer.frames.map((bytes) => binaryFrameFrom(bytes));
    expect(frames.every((one) => one?.id === id)).toBe(true);
    expect(Math.max(...peer.frames.map(({ length }) => length))).toBeLessThanOrEqual(maxFrameBytes);
    expect(Buffer.concat(frames.map((one) => one?.content ?? bytesOf(""))).equals(content)).toBe(true);
  });

  test("WS-24: the rest of one that is dropped does not come, and its place is free", async () => {
    await using served = await serve(serviceOf({ artifact }), { maxAttachments: 1 });
    const peer = await rpcPeer(served.port);
    const { result } = await peer.call("artifact", { id: "i", name: "n" });
    expect((await peer.call("artifact", { id: "i", name: "n" })).error?.data.code).toBe("overloaded");
    peer.note("$/drop", { attachment: result.$file.id });
    const next = await peer.call("artifact", { id: "i", name: "n" });
    expect(next.result.$file.id).toBeGreaterThan(result.$file.id as number);
    expect(peer.frames.some((bytes) => binaryFrameFrom(bytes)?.kind === fileEnd)).toBe(false);
  });

  test("WS-24: one that breaks says so", async () => {
    const broken = new ReadableStream({
      start: (controller) => controller.error(new Error("a secret")),
    });
    await using served = await serve(serviceOf({ artifact: async () => modelFile(broken) }));
    const peer = await rpcPeer(served.port);
    await peer.call("artifact", { id: "i", name: "n" });
    const { params } = await peer.until(({ method }) => method === "$/fail");
    expect(params.error).toMatchObject({ code: "internal", message: expect.not.stringContaining("secret") });
  });
});

describe("long messages", () => {
  const long = "ü".repeat(maxFrameBytes);

  test("WS-25: go in parts, in both directions", async () => {
    await using served = await serve(serviceOf(echo));
    const peer = await rpcPeer(served.port);
    const bytes = bytesOf(
      JSON.stringify({ jsonrpc: "2.0", id: 1, method: "predict", params: { model: "m", args: long } }),
    );
    const other = bytesOf(
      JSON.stringify({ jsonrpc: "2.0", id: 2, method: "predict", params: { model: "m", args: 2 } }),
    );
    peer.raw(frame(messagePart, 8, other.subarray(0, 10)));
    for (let start = 0; start < bytes.length; start += 1_000_000) {
      const last = start + 1_000_000 >= bytes.length;
      peer.raw(frame(last ? messageEnd : messagePart, 9, bytes.subarray(start, start + 1_000_000)));
    }
    peer.raw(frame(messageEnd, 8, other.subarray(10)));
    await peer.until(({ id }) => id === 2);
    await peer.untilFrame((one) => binaryFrameFrom(one)?.kind === messageEnd);
    const parts = peer.frames.map((one) => binaryFrameFrom(one)?.content ?? bytesOf(""));
    expect(JSON.parse(Buffer.concat(parts).toString()) as JsonValue).toEqual({ jsonrpc: "2.0", id: 1, result: long });
  });

  test("WS-31: more than maxMessageBytes of them close with 4413", async () => {
    await using served = await serve(serviceOf(echo), { maxMessageBytes: 1_000 });
    const peer = await rpcPeer(served.port);
    peer.raw(frame(messagePart, 1, "x".repeat(600)));
    peer.raw(frame(messagePart, 2, "x".repeat(600)));
    expect(await peer.closed).toMatchObject({
      code: 4413,
      reason: "too_large: the message is over maxMessageBytes: send a file",
    });
  });

  test("WS-32: one that stands still closes with 4408", async () => {
    await using served = await serve(serviceOf(echo), { stallMs: 50 });
    const peer = await rpcPeer(served.port);
    peer.raw(frame(messagePart, 1, "{"));
    expect((await peer.closed).code).toBe(4408);
  });
});

describe("WS-43: a binary frame out of place closes with 4400", () => {
  test.each<[string, Uint8Array]>([
    ["that is empty", new Uint8Array()],
    ["that has half a head", new Uint8Array([0, 0, 0])],
    ["of an unknown kind", new Uint8Array([4, 0, 0, 0, 1])],
    ["of a file that nobody announced", frame(filePart, 1, "a")],
    ["of a message that is not UTF-8", frame(messageEnd, 1, new Uint8Array([0xff]))],
  ])("%s", async (_, bytes) => {
    await using served = await serve(serviceOf(echo));
    const other = await rpcPeer(served.port);
    const peer = await rpcPeer(served.port);
    peer.raw(bytes);
    expect((await peer.closed).code).toBe(4400);
    expect((await other.call("predict", { model: "m", args: 1 })).result).toBe(1);
  });

  test("an attachment id that was used before", async () => {
    await using served = await serve(serviceOf(echo));
    const peer = await rpcPeer(served.port);
    void peer.call("predict", { model: "m", args: ref(5) });
    void peer.call("predict", { model: "m", args: ref(5) });
    expect((await peer.closed).code).toBe(4400);
  });
});
