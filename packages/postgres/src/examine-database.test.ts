import { pgbouncerMissing, startPgBouncer, startPostgres } from "@deepaas/conformance/servers";
import { describe, expect } from "vitest";
import { examineDatabase } from "./examine-database.ts";
import {
  connect,
  line,
  newRun,
  newSchema,
  openNodes,
  openStore,
  serverUrl,
  startRun,
  test,
} from "./testing/postgres-test.ts";

const file = { id: "one", size: 3, contentType: "text/plain" };

/** The URL of a new role that may log in. `options` are those of CREATE ROLE. */
async function newRole(options = ""): Promise<string> {
  const admin = await connect();
  const name = newSchema();
  await admin.query(`CREATE ROLE ${name} LOGIN ${options}`);
  const url = new URL(serverUrl());
  url.username = name;
  return url.href;
}

test("a database without tables, and one that a store uses", async () => {
  const schema = newSchema();
  const before = await examineDatabase({ url: serverUrl(), schema });
  expect(before).toMatchObject({
    version: expect.stringMatching(/^\d+\.\d+/),
    user: "postgres",
    fsync: "on",
    synchronousCommit: "on",
    encoding: "UTF8",
    isReadOnly: false,
    mayCreateTables: true,
    mayUseTables: true,
    tables: undefined,
    isPooled: false,
    notifies: true,
    newestFiles: [],
  });
  expect(before.versionNumber).toBeGreaterThanOrEqual(130_000);
  expect(Math.abs(before.clockAheadMs)).toBeLessThanOrEqual(before.clockToleranceMs + 50);
  const store = await openStore({ schema });
  await store.create(newRun("a", { private: { secrets: {}, files: { x: file } } }));
  const { tables, newestTables, newestFiles } = await examineDatabase({ url: serverUrl(), schema });
  expect([tables, newestFiles]).toEqual([newestTables, [file]]);
});

test("a role that may not create, may not use the tables of another one, or has few connections", async () => {
  const schema = newSchema();
  await openStore({ schema });
  const [poor, limited] = [await newRole(), await newRole("CONNECTION LIMIT 5")];
  expect(await examineDatabase({ url: poor, schema: newSchema() })).toMatchObject({
    mayCreateTables: false,
    mayCreateSchemas: false,
  });
  expect(await examineDatabase({ url: poor, schema })).toMatchObject({ mayUseTables: false, tables: undefined });
  expect(await examineDatabase({ url: limited, schema })).toMatchObject({ freeConnections: 5 });
});

test("free connections are what the server has left", async () => {
  await using server = await startPostgres({ max_connections: "20", superuser_reserved_connections: "3" });
  const { freeConnections } = await examineDatabase({ url: server.url });
  expect(freeConnections).toBe(17);
  await connect(server.url);
  await expect.poll(async () => (await examineDatabase({ url: server.url })).freeConnections).toBe(16);
});

test("settings with which what was shown can be lost, and a database that permits no changes", async () => {
  const settings = { fsync: "off", synchronous_commit: "off", default_transaction_read_only: "on" };
  await using server = await startPostgres(settings);
  expect(await examineDatabase({ url: server.url })).toMatchObject({
    fsync: "off",
    synchronousCommit: "off",
    isReadOnly: true,
  });
});

test("a database that cannot be used is said without the password", async () => {
  const url = new URL(serverUrl());
  url.password = "hush-hush";
  const urls = [
    { url: Object.assign(new URL(url), { pathname: "/none" }), why: "there is no such database" },
    { url: Object.assign(new URL(url), { username: "nobody" }), why: "it refuses the login" },
    { url: Object.assign(new URL(url), { port: "1" }), why: "it is out of reach" },
  ];
  for (const { url: one, why } of urls) {
    const error: Error = await examineDatabase({ url: one.href }).then(
      () => expect.unreachable(),
      (reason) => reason,
    );
    expect(error).toMatchObject({ code: "unavailable", message: expect.stringContaining(why) });
    expect(`${error.message} ${(error.cause as Error).message}`).not.toContain("hush");
  }
  await expect(examineDatabase({ url: "x" })).rejects.toThrow(TypeError);
});

describe.skipIf(pgbouncerMissing !== undefined)("behind PgBouncer in transaction mode (needs pgbouncer)", () => {
  test("notifications do not arrive, unless another URL is for them", async () => {
    const url = serverUrl();
    await using pooler = await startPgBouncer({ url, port: Number(new URL(url).port) });
    const schema = newSchema();
    expect(await examineDatabase({ url: pooler.url, schema })).toMatchObject({ isPooled: true, notifies: false });
    const direct = { url: pooler.url, listenUrl: url, schema };
    expect(await examineDatabase(direct)).toMatchObject({ isPooled: true, notifies: true });
    const [writer, watcher] = await openNodes(direct);
    await startRun(writer, "r");
    const woken = new Promise<void>((resolve) => watcher.subscribe("r", resolve));
    await writer.append("r", line("text"), { attempt: 1, appendNumber: 1 });
    await woken;
  });
});
