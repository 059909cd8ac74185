// Uploads and downloads of content, and what a broken one leaves.
import { createHash, randomBytes } from "node:crypto";
import type { Fault, Passing } from "@deepaas/conformance/servers";
import { type ModelFile, modelFile } from "@deepaas/core";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { hasMoto, needsMoto, startS3, type TestS3 } from "./testing/s3-server.ts";
import { storeBehindProxy } from "./testing/store-behind-proxy.ts";

const mebibyte = 2 ** 20;
const partBytes = 5 * mebibyte;
const notFound = expect.objectContaining({ code: "not_found" });
const unavailable = expect.objectContaining({ code: "unavailable" });

const random = randomBytes(6 * partBytes);
const content = (length: number) => random.subarray(0, length);
const sha256 = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const isPart = ({ url }: Passing) => url.includes("partNumber=");

/** A stream of unknown length. */
function streamOf(bytes: Uint8Array, onRead: (at: number) => void = () => {}): ModelFile {
  let at = 0;
  const pull = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    onRead(at);
    if (at === bytes.length) return controller.close();
    const chunk = bytes.subarray(at, at + 100_000);
    at += chunk.length;
    controller.enqueue(chunk);
  };
  return modelFile(new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 }), { contentType: "text/csv" });
}

/** The fault for the first request of a kind. */
function once(kind: (passing: Passing) => boolean, fault: Fault): (passing: Passing) => Fault | undefined {
  let isDone = false;
  return (passing) => {
    if (isDone || !kind(passing)) return undefined;
    isDone = true;
    return fault;
  };
}

describe.skipIf(!hasMoto)(`uploads to S3 and downloads ${needsMoto}`, () => {
  let s3: TestS3;
  beforeAll(async () => {
    // The pauses before further attempts are short.
    vi.spyOn(Math, "random").mockReturnValue(0.01);
    s3 = await startS3();
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    await s3?.[Symbol.asyncDispose]();
  });

  test.for([0, 1, 2 * partBytes, 2 * partBytes + mebibyte])("%d bytes of a stream", async (length) => {
    await using store = await storeBehindProxy(s3, { partBytes });
    const bytes = content(length);
    const ref = await store.blobs.put(streamOf(bytes));
    expect(ref).toMatchObject({ size: length, sha256: sha256(bytes), contentType: "text/csv" });
    const parts = store.proxy.seen.filter(isPart);
    expect(parts.length).toBe(length < partBytes ? 0 : Math.ceil(length / partBytes));
    for (const { headers } of store.proxy.seen.filter(({ method }) => method === "PUT")) {
      expect(headers["x-amz-content-sha256"], "S3 checks the content").toMatch(/^[0-9a-f]{64}$/);
    }
    const [Key] = await store.left();
    expect(Key).toBe(`deepaas/${ref.id}`);
    expect((await s3.client.headObject({ Bucket: store.bucket, Key })).ContentType).toBe("text/csv");
    const file = await store.another().get(ref);
    for (let i = 0; i < 2; i++) expect(sha256(await file.bytes())).toBe(ref.sha256);
    await store.blobs.verify?.(ref);
  });

  test("prefix is the start of each key", async () => {
    await using store = await storeBehindProxy(s3, { prefix: "a/b" });
    const ref = await store.blobs.put(streamOf(content(3)));
    expect(await store.left()).toEqual([`a/b/${ref.id}`]);
    await expect(store.another({ prefix: "a" }).get(ref)).rejects.toEqual(notFound);
  });

  test("a media type that is no header value is kept in the reference", async () => {
    await using store = await storeBehindProxy(s3);
    const contentType = "text/plain; name=ä\r\nx-amz-acl: public-read";
    const ref = await store.blobs.put(modelFile(content(1), { contentType }));
    expect((await store.blobs.get(ref)).contentType).toBe(contentType);
  });

  test.for<[string, (passing: Passing) => boolean, Fault]>([
    ["a part is cut in the middle", isPart, { cutRequestAt: mebibyte }],
    ["the answer to a part is lost", isPart, { loseAnswer: true }],
    [
      "the answer to the completion is lost",
      ({ method, url }) => method === "POST" && url.includes("uploadId="),
      { loseAnswer: true },
    ],
    [
      "S3 fails within an answer 200",
      ({ method, url }) => method === "POST" && url.includes("uploadId="),
      { answer: { status: 200, body: "<Error><Code>InternalError</Code></Error>" } },
    ],
  ])("an upload goes on after %s", async ([, kind, fault]) => {
    await using store = await storeBehindProxy(s3, { partBytes });
    const bytes = content(2 * partBytes + 1);
    store.proxy.fault = once(kind, fault);
    const ref = await store.blobs.put(streamOf(bytes));
    expect(
      store.proxy.fault({ method: "POST", url: "partNumber= uploadId=", headers: {} }),
      "no fault",
    ).toBeUndefined();
    await store.blobs.verify?.(ref);
    expect(ref.sha256).toBe(sha256(bytes));
    expect(await store.left()).toEqual([`deepaas/${ref.id}`]);
  });

  test.for<[string, (passing: Passing) => boolean, Fault]>([
    ["no part arrives", isPart, { answer: { status: 503 } }],
    ["a part is refused", ({ url }) => url.includes("partNumber=2"), { answer: { status: 403 } }],
    ["the answers to all parts are lost", isPart, { loseAnswer: true }],
    [
      "the completion is refused",
      ({ method, url }) => method === "POST" && url.includes("uploadId="),
      { answer: { status: 400 } },
    ],
  ])("an upload of parts leaves nothing if %s", async ([, kind, fault]) => {
    await using store = await storeBehindProxy(s3, { partBytes, attempts: 2 });
    store.proxy.fault = (passing) => (kind(passing) ? fault : undefined);
    let wasRead = 0;
    const reading = streamOf(content(6 * partBytes), (at) => {
      wasRead = at;
    });
    await expect(store.blobs.put(reading)).rejects.toEqual(unavailable);
    expect(store.proxy.seen.some(kind)).toBe(true);
    expect(await store.left()).toEqual([]);
    if (kind !== isPart) return;
    expect(wasRead, "the source is not read to its end").toBeLessThanOrEqual(4 * partBytes);
  });

  test("a short upload leaves nothing if all its answers are lost", async () => {
    await using store = await storeBehindProxy(s3, { attempts: 2 });
    store.proxy.fault = ({ method }) => (method === "PUT" ? { loseAnswer: true } : undefined);
    await expect(store.blobs.put(streamOf(content(3)))).rejects.toEqual(unavailable);
    expect(store.proxy.seen.map(({ method }) => method)).toEqual(["PUT", "PUT", "DELETE"]);
    expect(await store.left()).toEqual([]);
  });

  test("an upload whose source fails is aborted", async () => {
    await using store = await storeBehindProxy(s3, { partBytes });
    const failing = streamOf(content(3 * partBytes), (at) => {
      if (at > 2.5 * partBytes) throw new Error("the client has left");
    });
    await expect(store.blobs.put(failing)).rejects.toThrow("the client has left");
    expect(store.proxy.seen.filter(isPart).length).toBe(2);
    expect(await store.left()).toEqual([]);
  });

  test("an upload is aborted once no part is under way: S3 may keep one that arrives with the abort", async () => {
    await using store = await storeBehindProxy(s3, { partBytes });
    const { promise, resolve } = Promise.withResolvers<void>();
    let open: number | undefined;
    store.proxy.fault = ({ method, url }) => {
      if (url.includes("partNumber=1")) return { until: promise };
      if (url.includes("partNumber=2")) return { answer: { status: 403 } };
      if (method === "DELETE") open ??= store.proxy.open();
      return undefined;
    };
    let count = 0;
    const source = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(content(count++ % 2 === 0 ? partBytes : 1)),
      cancel: () => void setTimeout(() => resolve(), 50),
    });
    await expect(store.blobs.put(modelFile(source))).rejects.toEqual(unavailable);
    expect(open, "the abort itself").toBe(1);
    expect(await store.left()).toEqual([]);
  });

  test.for([true, false])(
    "an upload that is gone at its completion was completed, if its object is there: %s",
    async (isThere) => {
      await using store = await storeBehindProxy(s3, { partBytes });
      const gone = { answer: { status: 404, body: "<Error><Code>NoSuchUpload</Code></Error>" } };
      let count = 0;
      store.proxy.fault = ({ method, url }) => {
        if (method !== "POST" || !url.includes("uploadId=")) return undefined;
        return isThere && count++ === 0 ? { loseAnswer: true } : gone;
      };
      const putting = store.blobs.put(streamOf(content(partBytes)));
      if (isThere) await store.blobs.verify?.(await putting);
      else await expect(putting).rejects.toThrow("The files in S3 cannot be reached: 404 NoSuchUpload.");
      expect(await store.left()).toHaveLength(isThere ? 1 : 0);
    },
  );

  test("a slow S3 holds up the source: a few parts are in memory", async () => {
    await using store = await storeBehindProxy(s3, { partBytes });
    const { promise, resolve } = Promise.withResolvers<void>();
    store.proxy.fault = (passing) => (isPart(passing) ? { until: promise } : undefined);
    let wasRead = 0;
    const putting = store.blobs.put(
      streamOf(content(5 * partBytes), (at) => {
        wasRead = at;
      }),
    );
    await expect.poll(() => store.proxy.seen.filter(isPart).length).toBe(3);
    expect(wasRead).toBeLessThanOrEqual(3 * partBytes);
    resolve();
    expect((await putting).size).toBe(5 * partBytes);
  });

  test.for<[string, Fault]>([
    ["is cut", { cutAnswerAt: 300_000 }],
    ["stalls", { stallAnswerAt: 300_000 }],
  ])("a download that %s goes on where it was", async ([, fault]) => {
    await using store = await storeBehindProxy(s3, { timeoutMs: 500 });
    const bytes = content(mebibyte);
    const file = await store.blobs.get(await store.blobs.put(streamOf(bytes)));
    store.proxy.seen.length = 0;
    const startOf = ({ headers }: Passing) => Number(/\d+/.exec(headers.range ?? "0"));
    store.proxy.fault = (passing) => (startOf(passing) < 900_000 ? fault : undefined);
    expect(sha256(await file.bytes())).toBe(sha256(bytes));
    expect([...new Set(store.proxy.seen.map(startOf))]).toEqual([0, 300_000, 600_000, 900_000]);
  });

  test("a download rejects unavailable if it gets no further", async () => {
    await using store = await storeBehindProxy(s3, { attempts: 3, timeoutMs: 1_000 });
    const file = await store.blobs.get(await store.another({ timeoutMs: 30_000 }).put(streamOf(content(mebibyte))));
    store.proxy.seen.length = 0;
    store.proxy.fault = ({ headers }) => (headers.range === undefined ? { stallAnswerAt: 1_000 } : { cutAnswerAt: 0 });
    await expect(file.bytes()).rejects.toEqual(unavailable);
    const ranges = store.proxy.seen.map(({ headers }) => headers.range);
    expect(ranges.filter((range) => range === "bytes=1000-").length).toBe(2);
    const reader = file.stream().getReader();
    store.proxy.fault = () => ({ answer: { status: 403 } });
    await expect(reader.read()).rejects.toEqual(unavailable);
  });

  test("get requests one byte; content is requested when it is read, and not after a reader has left", async () => {
    await using store = await storeBehindProxy(s3, { timeoutMs: 60_000 });
    const ref = await store.blobs.put(streamOf(content(mebibyte)));
    store.proxy.seen.length = 0;
    const file = await store.blobs.get(ref);
    const reader = file.stream().getReader();
    expect(store.proxy.seen.map(({ headers }) => headers.range)).toEqual(["bytes=0-0"]);
    store.proxy.fault = () => ({ stallAnswerAt: 1_000 });
    expect((await reader.read()).value?.length).toBeLessThanOrEqual(1_000);
    const waiting = reader.read();
    await reader.cancel();
    expect((await waiting).done).toBe(true);
    const idle = file.stream().getReader();
    await idle.read();
    await idle.cancel();
    await expect.poll(() => store.proxy.open()).toBe(0);
    expect(store.proxy.seen.length).toBe(3);
  });

  test("a file that was deleted meanwhile is not found when it is read", async () => {
    await using store = await storeBehindProxy(s3);
    const ref = await store.blobs.put(streamOf(content(3)));
    const file = await store.blobs.get(ref);
    await store.another().delete(ref);
    await expect(file.text()).rejects.toEqual(notFound);
    await expect(store.blobs.verify?.(ref)).rejects.toEqual(notFound);
  });

  test("verify finds other content, get another size", async () => {
    await using store = await storeBehindProxy(s3);
    const ref = await store.blobs.put(streamOf(content(mebibyte)));
    store.proxy.fault = () => ({ change: (chunk) => chunk.fill(0) });
    await expect(store.blobs.verify?.(ref)).rejects.toThrow("That file is damaged: it has another hash.");
    store.proxy.fault = () => undefined;
    await store.blobs.verify?.(ref);
    await s3.client.putObject({ Bucket: store.bucket, Key: `deepaas/${ref.id}`, Body: "shorter" });
    for (const call of [() => store.blobs.get(ref), () => store.blobs.verify?.(ref)]) {
      await expect(call).rejects.toThrow("That file is damaged: it has another size.");
    }
  });
});
