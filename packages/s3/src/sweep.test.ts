// Which objects and unfinished uploads a sweep deletes.
import { modelFile } from "@deepaas/core";
import type { BlobRef } from "@deepaas/core/ports";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { hasMoto, needsMoto, startS3, type TestS3 } from "./testing/s3-server.ts";
import { type ProxiedStore, storeBehindProxy } from "./testing/store-behind-proxy.ts";

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const partBytes = 5 * 2 ** 20;
const bytes = (length: number) => modelFile(new Uint8Array(length));
const keyOf = ({ id }: BlobRef) => `deepaas/${id}`;

/** Only the clock of this process goes on. */
function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
  onTestFinished(() => void vi.useRealTimers());
}

/** Pages of five objects; a first page of no upload. All uploads begin now: moto says 2010. */
function smallPages({ proxy }: ProxiedStore): void {
  const markers = "<NextKeyMarker>key</NextKeyMarker><NextUploadIdMarker>id</NextUploadIdMarker>";
  const body = `<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>${markers}</ListMultipartUploadsResult>`;
  const now = new Date().toISOString();
  const change = (chunk: Buffer) => Buffer.from(chunk.toString().replaceAll("2010-11-10T20:48:33.000Z", now));
  proxy.fault = ({ method, url }) => {
    if (method !== "GET") return undefined;
    if (!url.includes("uploads")) return { url: `${url}&max-keys=5` };
    const isSecond = url.includes("key-marker=key") && url.includes("upload-id-marker=id");
    return isSecond
      ? { url: url.replaceAll(/&?(?:key|upload-id)-marker=\w+/g, ""), change }
      : { answer: { status: 200, body } };
  };
}

describe.skipIf(!hasMoto)(`sweeps of S3 ${needsMoto}`, () => {
  let s3: TestS3;
  beforeAll(async () => {
    s3 = await startS3();
  });
  afterAll(() => s3?.[Symbol.asyncDispose]());

  test("page by page, only blobs that are not kept are deleted", async () => {
    await using store = await storeBehindProxy(s3);
    const refs = await Promise.all(Array.from({ length: 9 }, () => store.blobs.put(bytes(1))));
    const kept = new Set(refs.filter((_, i) => i % 3 === 0).map(({ id }) => id));
    const next = store.another();
    const own = await next.put(bytes(1));
    const [{ id }] = refs as [BlobRef];
    const foreign = ["deepaas/notes.txt", `deepaas/${id}/x`, `other/${id}`, id, `deepaas/${id}x`, `deepaas/${id}é`];
    for (const Key of foreign) await s3.client.putObject({ Bucket: store.bucket, Key, Body: "x" });
    smallPages(store);
    store.proxy.seen.length = 0;
    const asked: string[] = [];
    const isKept = async (one: string) => {
      asked.push(one);
      return kept.has(one);
    };
    await next.sweep?.(isKept, { olderThanMs: 0 });
    expect(asked.toSorted()).toEqual(refs.map((ref) => ref.id).toSorted());
    const expected = [...foreign, keyOf(own), ...[...kept].map((one) => `deepaas/${one}`)];
    expect((await store.left()).toSorted()).toEqual(expected.toSorted());
    const requests = store.proxy.seen.map(({ method }) => method);
    expect(requests.filter((method) => method === "GET").length, "pages").toBeGreaterThanOrEqual(4);
    expect(requests.filter((method) => method === "POST").length, "batches").toBeLessThanOrEqual(3);
    expect(requests).not.toContain("DELETE");
  });

  test("a blob is deleted once it is old enough, one of several parts a day later", async () => {
    await using store = await storeBehindProxy(s3, { partBytes });
    const [short, long] = [await store.blobs.put(bytes(1)), await store.blobs.put(bytes(partBytes))];
    const sweep = () => store.another().sweep?.(async () => false, { olderThanMs: 2 * hourMs });
    later(hourMs);
    await sweep();
    expect((await store.left()).toSorted()).toEqual([keyOf(short), keyOf(long)].toSorted());
    later(2 * hourMs);
    await sweep();
    expect(await store.left()).toEqual([keyOf(long)]);
    later(dayMs);
    await sweep();
    expect(await store.left()).toEqual([]);
  });

  test("uploads that another process never finished are aborted, once they are over a day old", async () => {
    await using store = await storeBehindProxy(s3, { partBytes });
    const ids = Array.from({ length: 5 }, () => crypto.randomUUID());
    const foreign = ["deepaas/notes.txt", `other/${ids[0]}`];
    for (const Key of [...ids.map((id) => `deepaas/${id}`), ...foreign]) {
      await s3.client.createMultipartUpload({ Bucket: store.bucket, Key });
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const pull = async (controller: ReadableStreamDefaultController<Uint8Array>) => {
      controller.enqueue(new Uint8Array(partBytes));
      await promise;
      controller.close();
    };
    const putting = store.blobs.put(modelFile(new ReadableStream<Uint8Array>({ pull }, { highWaterMark: 0 })));
    await expect.poll(() => store.left()).toHaveLength(8);
    smallPages(store);
    const sweep = () => store.blobs.sweep?.(async () => false, { olderThanMs: hourMs });
    later(dayMs);
    await sweep();
    expect(await store.left()).toHaveLength(8);
    later(hourMs + 60_000);
    await sweep();
    expect(
      (await store.left()).filter((key) => !foreign.includes(key)),
      "its own goes on",
    ).toHaveLength(1);
    expect(await store.left()).toHaveLength(3);
    vi.useRealTimers();
    resolve();
    await store.blobs.verify?.(await putting);
  });

  test("nothing is deleted if the run store cannot be asked", async () => {
    await using store = await storeBehindProxy(s3);
    const ref = await store.blobs.put(bytes(1));
    const down = async () => Promise.reject(new Error("the database is down"));
    await expect(store.another().sweep?.(down, { olderThanMs: 0 })).rejects.toThrow("the database is down");
    expect(await store.left()).toEqual([keyOf(ref)]);
  });

  test("a deletion that S3 refuses rejects unavailable", async () => {
    await using store = await storeBehindProxy(s3);
    await store.blobs.put(bytes(1));
    const body = "<DeleteResult><Error><Key>k</Key><Code>AccessDenied</Code></Error></DeleteResult>";
    store.proxy.fault = ({ method }) => (method === "POST" ? { answer: { status: 200, body } } : undefined);
    const sweeping = store.another().sweep?.(async () => false, { olderThanMs: 0 });
    await expect(sweeping).rejects.toThrow("1 files in S3 cannot be deleted: AccessDenied.");
  });
});
