// A test that needs PostgreSQL, a store in a schema of its own, and short ways to fill it.
import { postgresMissing } from "@deepaas/conformance/servers";
import type { RunFact } from "@deepaas/core";
import type { Holder, LogAppend, NewRun, RunStore } from "@deepaas/core/ports";
import { Client } from "pg";
import { test as base, inject, onTestFinished } from "vitest";
import { postgresStore } from "../postgres-store.ts";
import type { PostgresStoreOptions } from "../store-options.ts";

/** Skipped if this machine has no PostgreSQL, except in CI. */
export const test = postgresMissing === undefined ? base : base.skip;

export const serverUrl = () => inject("postgresUrl");

let schemas = 0;

/** Of no other test. */
export const newSchema = () => `t_${process.pid}_${++schemas}`;

export interface OpenOptions extends Partial<PostgresStoreOptions> {
  readonly holder?: Partial<Holder>;
}

/** In a new schema unless `schema` is given. Closed after the test. */
export async function openStore({ holder, ...options }: OpenOptions = {}): Promise<RunStore> {
  const store = postgresStore({ url: serverUrl(), schema: newSchema(), connections: 4, ...options });
  onTestFinished(() => store.close());
  await store.open({ id: "test", ...holder });
  return store;
}

/** Two nodes that share a store. */
export async function openNodes(options: OpenOptions = {}): Promise<readonly [RunStore, RunStore]> {
  const schema = options.schema ?? newSchema();
  const node = (id: string) => openStore({ ...options, schema, holder: { shared: true, ...options.holder, id } });
  return [await node("a"), await node("b")];
}

/** A connection beside those of the store. Closed after the test. */
export async function connect(url = serverUrl()): Promise<Client> {
  const client = new Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  onTestFinished(() => client.end());
  return client;
}

/** Deletes the rows of all tables. Does nothing if there is no such schema. */
export async function emptySchema(schema: string): Promise<void> {
  const client = new Client({ connectionString: serverUrl() });
  await client.connect();
  try {
    const { rows } = await client.query<{ tablename: string }>(
      "SELECT tablename FROM pg_tables WHERE schemaname = $1 AND tablename <> 'schema_version'",
      [schema],
    );
    await client.query(rows.map(({ tablename }) => `DELETE FROM ${schema}.${tablename}`).join("; "));
  } finally {
    await client.end();
  }
}

export function newRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return { id, model: "m", args: {}, private: { secrets: {}, files: {} }, fingerprint: "f", ...more };
}

export async function startRun(store: RunStore, id: string, more: Partial<NewRun> = {}): Promise<void> {
  await store.create(newRun(id, more));
  await store.claim(id);
}

export const fact = (one: RunFact): readonly LogAppend[] => [{ fact: one }];
export const line = (text: string): readonly LogAppend[] => fact({ type: "log", level: "info", text });
export const stopping = fact({ type: "stopping" });
export const succeeded = fact({ type: "succeeded", result: null });
