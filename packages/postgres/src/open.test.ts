import { startPostgres } from "@deepaas/conformance/servers";
import { expect } from "vitest";
import { Database } from "./database.ts";
import { migrations } from "./migrations.ts";
import { postgresStore } from "./postgres-store.ts";
import { checkStoreOptions } from "./store-options.ts";
import { connect, newRun, newSchema, openStore, serverUrl, test } from "./testing/postgres-test.ts";

test("several nodes that start at once make the tables once, and all of them open", async () => {
  const schema = newSchema();
  const nodes = await Promise.all(
    ["a", "b", "c", "d"].map((id) => openStore({ schema, holder: { id, shared: true } })),
  );
  for (const [i, node] of nodes.entries()) await node.create(newRun(`r${i}`));
  expect((await nodes[0]?.list({}))?.items).toHaveLength(4);
  const client = await connect();
  const { rows } = await client.query(`SELECT version FROM ${schema}.schema_version`);
  expect(rows).toEqual([{ version: migrations.length }]);
});

test("tables of a newer version are refused, and not changed", async () => {
  const schema = newSchema();
  await openStore({ schema });
  const client = await connect();
  await client.query(`UPDATE ${schema}.schema_version SET version = 99`);
  await expect(openStore({ schema })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("version 99"),
  });
});

test("a role that may not make schemas opens the one that is there", async () => {
  const schema = newSchema();
  const client = await connect();
  await client.query(`CREATE ROLE ${schema} LOGIN; CREATE SCHEMA ${schema} AUTHORIZATION ${schema}`);
  const url = serverUrl().replace("//postgres@", `//${schema}@`);
  const store = await openStore({ url, schema });
  expect((await store.create(newRun("r"))).created).toBe(true);
  await expect(openStore({ url, schema: newSchema() })).rejects.toMatchObject({ code: "internal" });
});

test("commits are durable, also for a role for which that is switched off; what is stronger stays", async () => {
  const role = newSchema();
  const client = await connect();
  await client.query(`CREATE ROLE ${role} LOGIN`);
  for (const [set, shown] of [
    ["off", "on"],
    ["remote_apply", "remote_apply"],
  ]) {
    await client.query(`ALTER ROLE ${role} SET synchronous_commit = ${set}`);
    const database = new Database(checkStoreOptions({ url: serverUrl().replace("//postgres@", `//${role}@`) }));
    expect(await database.read("SHOW synchronous_commit")).toEqual([{ synchronous_commit: shown }]);
    await database.close();
  }
});

test("a database that is not UTF-8 is refused", async () => {
  const name = newSchema();
  const client = await connect();
  await client.query(`CREATE DATABASE ${name} ENCODING 'SQL_ASCII' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'`);
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  await expect(openStore({ url: url.href })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("UTF8"),
  });
});

test("no database, no server, no login: unavailable, without the password", async () => {
  const there = new URL(serverUrl());
  const noDatabase = new URL(there);
  noDatabase.pathname = "/missing";
  const noServer = new URL(there);
  noServer.port = "1";
  for (const url of [noDatabase, noServer]) {
    url.password = "hush";
    const error = await postgresStore({ url: url.href })
      .open({ id: "x" })
      .catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "unavailable", message: expect.not.stringContaining("hush") });
  }
});

test("a server that does not keep what it confirms is refused", async () => {
  await using server = await startPostgres({ fsync: "off" });
  const store = postgresStore({ url: server.url });
  await expect(store.open({ id: "x" })).rejects.toMatchObject({
    code: "failed_precondition",
    message: expect.stringContaining("fsync = off"),
  });
  await store.close();
});
