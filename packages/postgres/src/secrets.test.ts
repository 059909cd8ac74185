// Secrets are encrypted before they leave the process, and gone after the end of their run.
import { copyRuns, memoryBlobs, memoryStore } from "@deepaas/core/ports";
import { expect } from "vitest";
import { SecretBox } from "./secret-box.ts";
import { connect, newRun, newSchema, openStore, startRun, succeeded, test } from "./testing/postgres-test.ts";

const key = (byte: number) => Buffer.alloc(32, byte).toString("base64");
const withSecret = { args: { key: "***" }, private: { secrets: { key: "hush-hush" }, files: {} } };

test("without a key a run with secrets is refused with what to set, and leaves nothing", async () => {
  const store = await openStore();
  await expect(store.create(newRun("r", withSecret))).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("secretKey"),
  });
  expect(await store.get("r")).toBeUndefined();
  expect((await store.create(newRun("plain"))).created).toBe(true);
});

test("a secret is in no table as plain text; the claim has it; after the end of the run it is gone", async () => {
  const schema = newSchema();
  const store = await openStore({ schema, secretKey: key(1) });
  const client = await connect();
  const sealed = async () =>
    (await client.query(`SELECT secrets FROM ${schema}.args`)).rows.map(({ secrets }) => secrets);
  await store.create(newRun("r", withSecret));
  const [secret] = await sealed();
  expect(secret).toBeInstanceOf(Buffer);
  for (const table of ["runs", "args", "log"]) {
    const { rows } = await client.query(`SELECT t::text AS text FROM ${schema}.${table} AS t`);
    expect(JSON.stringify(rows)).not.toContain("hush");
  }
  expect(secret.includes("hush")).toBe(false);
  expect((await store.claim("r"))?.private.secrets).toEqual({ key: "hush-hush" });
  await store.append("r", succeeded, { attempt: 1, appendNumber: 1 });
  expect(await sealed()).toEqual([null]);
});

test("the secrets of a run that is copied to this store are encrypted", async () => {
  const from = memoryStore();
  await from.create(newRun("r", withSecret));
  const schema = newSchema();
  const store = await openStore({ schema, secretKey: key(1) });
  await copyRuns({ from: { store: from, blobs: memoryBlobs() }, to: { store, blobs: memoryBlobs() } });
  const client = await connect();
  const { rows } = await client.query(`SELECT secrets, t::text AS text FROM ${schema}.args AS t`);
  expect(JSON.stringify(rows)).not.toContain("hush");
  expect(rows[0].secrets.includes("hush")).toBe(false);
  expect((await store.claim("r"))?.private.secrets).toEqual({ key: "hush-hush" });
});

test("a node with another key, or none, starts no attempt", async () => {
  const schema = newSchema();
  const store = await openStore({ schema, secretKey: key(1), holder: { id: "a", shared: true } });
  await store.create(newRun("r", withSecret));
  for (const [id, options] of [
    ["b", { secretKey: key(2) }],
    ["c", {}],
  ] as const) {
    const other = await openStore({ schema, ...options, holder: { id, shared: true } });
    await expect(other.claim("r")).rejects.toMatchObject({
      code: "internal",
      message: expect.stringContaining("secretKey"),
    });
  }
  expect(await store.get("r")).toMatchObject({ state: "queued", attempt: 0 });
  expect((await store.claim("r"))?.private.secrets).toEqual({ key: "hush-hush" });
});

test("the ciphertext is bound to its run, and no two are equal", () => {
  const box = new SecretBox(Buffer.alloc(32, 3));
  const one = box.seal("r", { key: "x" }) as Buffer;
  expect(box.open("r", one)).toEqual({ key: "x" });
  expect(() => box.open("s", one)).toThrow("cannot be decrypted");
  expect(box.seal("r", { key: "x" })).not.toEqual(one);
  one[one.length - 1] = (one.at(-1) as number) ^ 1;
  expect(() => box.open("r", one)).toThrow("cannot be decrypted");
});

test("a run without secrets needs no key", async () => {
  const store = await openStore();
  await startRun(store, "r");
  expect(await store.get("r")).toMatchObject({ state: "running" });
});
