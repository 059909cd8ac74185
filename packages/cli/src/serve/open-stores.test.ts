import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger } from "@deepaas/core";
import { afterEach, expect, test, vi } from "vitest";
import type { RunSettings } from "../settings/run-settings.ts";
import { openStores } from "./open-stores.ts";

afterEach(() => vi.unstubAllEnvs());

const store = "postgres://user:hush@127.0.0.1:1/none";
const settings = { store, labels: ["gpu"], role: "both", leaseSeconds: 30, insecure: false, node: "a" };
const open = (more: object) =>
  openStores({ ...settings, ...more } as unknown as RunSettings, { dataDir: undefined, logger: silentLogger });

test.each([
  [
    "what only several nodes have",
    { store: "sqlite", queue: "redis://127.0.0.1:1", node: undefined },
    "--queue is for",
  ],
  ["a name of a node alone", { store: "memory" }, "--node is for several nodes"],
  ["no place for files", {}, "a place for files that all of them see"],
  ["a bucket without a region", { files: "s3://models/x" }, "region is missing"],
  ["S3 over plain HTTP", { files: "s3://models", s3Endpoint: "http://s3.example.org" }, "http:"],
])("refuses %s, and shows no password", async (_what, more, message) => {
  for (const name of ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3"])
    vi.stubEnv(name, undefined);
  const error = await open(more).catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "invalid_args", message: expect.stringContaining(message) });
  expect(JSON.stringify(error)).not.toContain("hush");
});

test.each([
  ["the database of the store", {}],
  ["Redis", { queue: "redis://127.0.0.1:1" }],
])("makes a node with its queue in %s", async (_where, more) => {
  const { node, store: runs, engine, blobs } = await open({ files: join(tmpdir(), "shared"), role: "serve", ...more });
  expect(node).toEqual({ id: "a", labels: ["gpu"], trains: false });
  expect([runs?.lead, engine?.knows, blobs?.put].map((one) => typeof one)).toEqual(Array(3).fill("function"));
  await engine?.close();
});

test("without a database it is alone", async () => {
  expect(await open({ store: "memory", node: undefined })).toEqual({});
});
