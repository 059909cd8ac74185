import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type S3BlobsOptions, s3Blobs } from "./index.ts";
import { checkS3Options } from "./options.ts";
import { s3Access } from "./s3-access.ts";

const bucket = "models";
const endpoint = "https://s3.example.org";

beforeEach(() => {
  for (const name of ["ENDPOINT_URL", "ENDPOINT_URL_S3", "REGION", "DEFAULT_REGION"])
    vi.stubEnv(`AWS_${name}`, undefined);
});
afterEach(() => vi.unstubAllEnvs());

/** Returns the URL of a request. */
async function urlWith(options: S3BlobsOptions): Promise<string> {
  const credentials = { accessKeyId: "id", secretAccessKey: "secret" };
  const client = await s3Access(checkS3Options({ credentials, ...options })).client();
  let url = "";
  const stop = () => async (args: { readonly request?: unknown }) => {
    const { protocol, hostname, path } = args.request as Record<"protocol" | "hostname" | "path", string>;
    url = `${protocol}//${hostname}${path}`;
    throw new Error("stopped");
  };
  client.middlewareStack.add(stop as never, { step: "finalizeRequest", priority: "low" });
  await expect(client.headObject({ Bucket: options.bucket, Key: "k" })).rejects.toThrow("stopped");
  return url;
}

describe("options", () => {
  test.for<[string, object, string]>([
    ["no bucket", {}, "bucket must be the name of a bucket"],
    ["a bucket with a path", { bucket: "a/../b" }, "bucket must be"],
    ["an unknown option", { bucket, endpoint, buckt: 1 }, 'there is no option "buckt"'],
    ["no region", { bucket }, "region is missing: give it, or set AWS_REGION"],
    ["a region that changes the host", { bucket, region: "x.evil.org/" }, "region must be"],
    ["a prefix with steps upwards", { bucket, endpoint, prefix: "a/../b" }, "prefix must be"],
    ["a prefix that begins with a slash", { bucket, endpoint, prefix: "/a" }, "prefix must be"],
    ["a prefix with an empty step", { bucket, endpoint, prefix: "a//b" }, "prefix must be"],
    ["no URL", { bucket, endpoint: "s3.example.org" }, "endpoint must be an https: URL"],
    ["no TLS to another machine", { bucket, endpoint: "http://s3.example.org" }, "allowHttp permits http:"],
    ["a password in the URL", { bucket, endpoint: "https://me:hunter2@s3.example.org" }, "use credentials"],
    ["a query in the URL", { bucket, endpoint: `${endpoint}?secret=hunter2` }, "no query"],
    [
      "half of the credentials",
      { bucket, endpoint, credentials: { accessKeyId: "hunter2" } },
      "credentials.secretAccessKey",
    ],
    ["an unknown credential", { bucket, endpoint, credentials: { token: "hunter2" } }, 'no option "token"'],
    ["a text for a switch", { bucket, endpoint, pathStyle: "no" }, "pathStyle must be true or false"],
    [
      "parts that S3 refuses",
      { bucket, endpoint, partBytes: 1_000_000 },
      "partBytes must be a whole number from 5242880",
    ],
    ["no attempt", { bucket, endpoint, attempts: 0 }, "attempts must be"],
    ["no time", { bucket, endpoint, timeoutMs: 0 }, "timeoutMs must be"],
    ["endless patience", { bucket, endpoint, patienceMs: Number.POSITIVE_INFINITY }, "patienceMs must be"],
  ])("%s is a TypeError", ([, options, message]) => {
    const make = () => s3Blobs(options as S3BlobsOptions);
    expect(make).toThrow(TypeError);
    expect(make).toThrow(message);
  });

  test("a TypeError never has the value", () => {
    const wrong = {
      endpoint: "https://me:hunter2@s3.example.org",
      region: "hunter2!",
      prefix: "hunter2//",
      bucket: "hunter2!",
    };
    for (const [name, value] of Object.entries(wrong)) {
      expect(() => s3Blobs({ bucket, endpoint, [name]: value })).toThrow(/^(?!.*hunter2).*$/);
    }
  });

  test("loopback needs no TLS, allowHttp permits other machines", () => {
    for (const host of ["localhost", "127.0.0.1", "[::1]"]) s3Blobs({ bucket, endpoint: `http://${host}:9000` });
    for (const host of ["127.0.0.1.evil.org", "localhost.evil.org", "10.0.0.1"]) {
      expect(() => s3Blobs({ bucket, endpoint: `http://${host}` })).toThrow(TypeError);
      s3Blobs({ bucket, endpoint: `http://${host}`, allowHttp: true });
    }
  });

  test("with an endpoint the bucket is in the path, pathStyle: false puts it into the host", async () => {
    expect(await urlWith({ bucket, endpoint })).toBe("https://s3.example.org/models/k");
    expect(await urlWith({ bucket, endpoint, pathStyle: false })).toBe("https://models.s3.example.org/k");
    expect(await urlWith({ bucket, region: "eu-west-1" })).toBe("https://models.s3.eu-west-1.amazonaws.com/k");
    const inPath = { bucket, region: "eu-west-1", pathStyle: true };
    expect(await urlWith(inPath)).toBe("https://s3.eu-west-1.amazonaws.com/models/k");
  });

  test("endpoint and region come from the environment, and the options win", async () => {
    vi.stubEnv("AWS_ENDPOINT_URL", "http://elsewhere");
    expect(() => s3Blobs({ bucket })).toThrow("allowHttp permits http:");
    vi.stubEnv("AWS_ENDPOINT_URL_S3", "https://of-environment");
    vi.stubEnv("AWS_DEFAULT_REGION", "region-1");
    expect(checkS3Options({ bucket })).toMatchObject({ endpoint: "https://of-environment/", region: "region-1" });
    vi.stubEnv("AWS_REGION", "region-2");
    expect(checkS3Options({ bucket }).region).toBe("region-2");
    expect(checkS3Options({ bucket, endpoint, region: "x" })).toMatchObject({ endpoint: `${endpoint}/`, region: "x" });
  });
});
