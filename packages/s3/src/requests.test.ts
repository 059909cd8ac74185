// What a store does when S3 answers errors, late or not at all.
import { inspect } from "node:util";
import type { Fault, Passing } from "@deepaas/conformance/servers";
import { DeepaasError, modelFile, silentLogger } from "@deepaas/core";
import { afterAll, beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { hasMoto, needsMoto, startS3, type TestS3, testCredentials } from "./testing/s3-server.ts";
import { storeBehindProxy } from "./testing/store-behind-proxy.ts";

const unavailable = expect.objectContaining({ code: "unavailable" });
const abc = () => modelFile(new TextEncoder().encode("abc"));
const slowDown = {
  status: 503,
  body: "<Error><Code>SlowDown</Code><Message>Reduce your request rate.</Message></Error>",
};

/** The fault for the first request. */
function first(fault: Fault): (passing: Passing) => Fault | undefined {
  let count = 0;
  return () => (count++ === 0 ? fault : undefined);
}

describe.skipIf(!hasMoto)(`requests to S3 ${needsMoto}`, () => {
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

  test.for<[string, Fault]>([
    ["503 SlowDown", { answer: slowDown }],
    ["500 with the page of a proxy", { answer: { status: 500, body: "<html><p>Internal error</html>" } }],
    ["429 without a body", { answer: { status: 429 } }],
    ["400 RequestTimeout", { answer: { status: 400, body: "<Error><Code>RequestTimeout</Code></Error>" } }],
    ["a reset connection", { cutRequestAt: -1, loseAnswer: true }],
    ["silence", { silent: true }],
  ])("each request is tried again after %s", async ([, fault]) => {
    await using store = await storeBehindProxy(s3, fault.silent ? { timeoutMs: 500 } : {});
    const { blobs, proxy } = store;
    // On a slow machine more than the first request times out.
    const expectTwo = () => expect(fault.silent ? Math.min(2, proxy.seen.length) : proxy.seen.length).toBe(2);
    const failOnce = () => {
      proxy.fault = first(fault);
      proxy.seen.length = 0;
    };
    failOnce();
    const ref = await blobs.put(abc());
    expectTwo();
    failOnce();
    const file = await blobs.get(ref);
    expectTwo();
    failOnce();
    expect(await file.text()).toBe("abc");
    expectTwo();
    failOnce();
    await blobs.sweep?.(async () => true, { olderThanMs: 0 });
    failOnce();
    await blobs.delete(ref);
    expectTwo();
    expect(await store.left()).toEqual([]);
  });

  test("attempts limits how often a request is tried", async () => {
    await using store = await storeBehindProxy(s3, { attempts: 3 });
    const ref = await store.blobs.put(abc());
    store.proxy.seen.length = 0;
    store.proxy.fault = () => ({ answer: slowDown });
    await expect(store.blobs.get(ref)).rejects.toThrow("The files in S3 cannot be reached: 503 SlowDown.");
    expect(store.proxy.seen.length).toBe(3);
    await expect(store.blobs.get(ref)).rejects.toEqual(unavailable);
    await expect(store.blobs.delete(ref)).rejects.toEqual(unavailable);
    await expect(store.blobs.sweep?.(async () => true, { olderThanMs: 0 })).rejects.toEqual(unavailable);
    await expect(store.blobs.put(abc())).rejects.toEqual(unavailable);
  });

  test("patienceMs limits how long a request is tried, timeoutMs each attempt", async () => {
    await using store = await storeBehindProxy(s3);
    const ref = await store.blobs.put(abc());
    store.proxy.seen.length = 0;
    store.proxy.fault = () => ({ silent: true });
    const blobs = store.another({ timeoutMs: 100, patienceMs: 0 });
    await expect(blobs.get(ref)).rejects.toThrow("The files in S3 cannot be reached: TimeoutError.");
    expect(store.proxy.seen.length).toBe(1);
  });

  test("a server that is not there is unavailable", async () => {
    await using store = await storeBehindProxy(s3);
    const blobs = store.another({ endpoint: "http://127.0.0.1:1", attempts: 2 });
    await expect(blobs.put(abc())).rejects.toThrow("The files in S3 cannot be reached: ECONNREFUSED.");
  });

  test("a refusal is not tried again, and its error has no credentials", async () => {
    const logged: unknown[] = [];
    const log = (...line: unknown[]) => void logged.push(line);
    const logger = { ...silentLogger, debug: log, info: log, warn: log, error: log };
    await using store = await storeBehindProxy(s3, { logger });
    const { accessKeyId, secretAccessKey } = testCredentials;
    const told = `<AWSAccessKeyId>${accessKeyId}</AWSAccessKeyId><StringToSign>AWS4 ${secretAccessKey}</StringToSign>`;
    const body = `<Error><Code>SignatureDoesNotMatch</Code><Message>of ${accessKeyId}</Message>${told}</Error>`;
    store.proxy.fault = ({ method }) => (method === "DELETE" ? undefined : { answer: { status: 403, body } });
    const error = await store.blobs.put(abc()).catch((thrown: unknown) => thrown);
    expect(error).toEqual(unavailable);
    expect((error as Error).message).toBe("The files in S3 cannot be reached: 403 SignatureDoesNotMatch.");
    expect(store.proxy.seen.filter(({ method }) => method === "PUT").length).toBe(1);
    const strange = body.replace("<Code>", `<Code>of ${accessKeyId} `);
    store.proxy.fault = () => ({ answer: { status: 503, body: strange } });
    const file = await store
      .another({ attempts: 2 })
      .put(abc())
      .catch((thrown: unknown) => thrown);
    const shown = inspect([error, file, (error as Error).cause, logged], { depth: 20, showHidden: true });
    expect(shown).toContain("tried again");
    for (const secret of [accessKeyId, secretAccessKey, "Authorization", "Signature="]) {
      expect(shown.toLowerCase()).not.toContain(secret.toLowerCase());
    }
  });

  test("a missing bucket is unavailable, and not a missing file", async () => {
    await using store = await storeBehindProxy(s3);
    const ref = await store.blobs.put(abc());
    const blobs = store.another({ bucket: "no-such-bucket" });
    await expect(blobs.put(abc())).rejects.toThrow("there is no such bucket (NoSuchBucket)");
    await expect(blobs.get(ref)).rejects.toThrow("there is no such bucket (NoSuchBucket)");
    await expect(blobs.verify?.(ref)).rejects.toEqual(unavailable);
  });

  test("an id that is not of a blob is not found, and never part of a request", async () => {
    await using store = await storeBehindProxy(s3);
    const { size, contentType, id } = await store.blobs.put(abc());
    await s3.client.putObject({ Bucket: store.bucket, Key: "secret", Body: "abc" });
    store.proxy.seen.length = 0;
    for (const forged of ["../secret", "secret", "", `${id}/..`, `../deepaas/${id}`, id.toUpperCase(), null as never]) {
      const ref = { id: forged, size, contentType };
      for (const call of [store.blobs.get(ref), store.blobs.verify?.(ref)]) {
        await expect(call).rejects.toEqual(expect.objectContaining({ code: "not_found" }));
      }
      await store.blobs.delete(ref);
    }
    expect(store.proxy.seen).toEqual([]);
  });

  test("credentials come from the environment, also temporary ones", async () => {
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIDOFENVIRONMENT");
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "secret");
    vi.stubEnv("AWS_SESSION_TOKEN", "session");
    vi.stubEnv("AWS_REGION", "eu-south-9");
    onTestFinished(() => void vi.unstubAllEnvs());
    await using store = await storeBehindProxy(s3, { credentials: undefined as never });
    await store.blobs.put(abc());
    const [put] = store.proxy.seen;
    expect(put?.headers.authorization).toMatch(/Credential=AKIDOFENVIRONMENT\/\d+\/eu-south-9\/s3\//);
    expect(put?.headers["x-amz-security-token"]).toBe("session");
  });

  test("missing credentials are named, and no request is made", async () => {
    for (const name of ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"]) vi.stubEnv(name, undefined);
    for (const name of ["AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"]) vi.stubEnv(name, "no-such-file");
    vi.stubEnv("AWS_EC2_METADATA_DISABLED", "true");
    onTestFinished(() => void vi.unstubAllEnvs());
    await using store = await storeBehindProxy(s3, { credentials: undefined as never });
    const error = await store.blobs.put(abc()).catch((thrown: unknown) => thrown);
    expect(DeepaasError.is(error) && error.message).toContain("give them as an option, or as AWS_ACCESS_KEY_ID");
    expect(store.proxy.seen).toEqual([]);
  });
});
