// What an operator should know of a database before nodes use it. Changes nothing.
import { randomUUID } from "node:crypto";
import { settlesWithin } from "@deepaas/core";
import type { BlobRef } from "@deepaas/core/ports";
import { Client } from "pg";
import { columnTypes, endOf, queryTimeoutMs } from "./database.ts";
import { databaseError } from "./database-error.ts";
import { migrations } from "./migrations.ts";
import { checkStoreOptions, type PostgresStoreOptions } from "./store-options.ts";

export interface DatabaseState {
  /** Such as "15.6". */
  readonly version: string;
  /** Such as 150006. */
  readonly versionNumber: number;
  /** The role of the connection. */
  readonly user: string;
  readonly fsync: string;
  readonly synchronousCommit: string;
  readonly encoding: string;
  /** It is a standby, or permits no changes. */
  readonly isReadOnly: boolean;
  /** The role may create tables in the schema; also the schema, if it does not exist. */
  readonly mayCreateTables: boolean;
  readonly mayCreateSchemas: boolean;
  /** The role may read and change all tables of the schema that exist. */
  readonly mayUseTables: boolean;
  /** Version of the tables, or undefined if there are no tables. */
  readonly tables: number | undefined;
  /** Version of the tables that this program makes. */
  readonly newestTables: number;
  /** Connections that this role can still open. */
  readonly freeConnections: number;
  /** The connection goes through a pooler. */
  readonly isPooled: boolean;
  /** `listenUrl` receives what `url` notifies. */
  readonly notifies: boolean;
  /** Clock of the database minus that of this machine, in milliseconds. */
  readonly clockAheadMs: number;
  /** The difference is known to this, in milliseconds. */
  readonly clockToleranceMs: number;
  /** Files of the runs that were created last. */
  readonly newestFiles: readonly BlobRef[];
}

/** A notification that has not arrived after this time does not arrive. */
const notifyMs = 2_000;
const clockReadings = 3;
const filesToCheck = 10;

/**
 * Returns what `postgresStore` with these options would find. Rejects `unavailable` if the database cannot be used; the server's
 * own words are in the cause. Throws a TypeError for an invalid option.
 */
export async function examineDatabase(options: PostgresStoreOptions): Promise<DatabaseState> {
  const { url, listenUrl, schema } = checkStoreOptions(options);
  const [client, listener] = [newClient(url), newClient(listenUrl)];
  try {
    await Promise.all([client.connect(), listener.connect()]);
    const isPooled = await throughPooler(client);
    const server = await serverState(client, schema);
    const used = isPooled ? 0 : 1 + Number(!(await throughPooler(listener)));
    return {
      ...server,
      newestTables: migrations.length,
      isPooled,
      freeConnections: (await freeConnections(client)) + used,
      ...(await clockDifference(client)),
      notifies: await isNotified(client, listener),
      newestFiles: server.tables === migrations.length ? await newestFiles(client, schema) : [],
    };
  } catch (error) {
    throw databaseError(error);
  } finally {
    await Promise.all([endOf(client), endOf(listener)]);
  }
}

function newClient(url: string): Client {
  const client = new Client({
    connectionString: url,
    connectionTimeoutMillis: queryTimeoutMs / 2,
    query_timeout: queryTimeoutMs,
    types: columnTypes,
    application_name: "deepaas doctor",
  });
  client.on("error", () => {});
  return client;
}

/** A pooler gives its clients process numbers of its own. */
async function throughPooler(client: Client): Promise<boolean> {
  const { processID } = client as Client & { readonly processID: number | null };
  const [row] = (await client.query<{ pid: number }>("SELECT pg_backend_pid() AS pid")).rows;
  return row?.pid !== processID;
}

type ServerState = Pick<
  DatabaseState,
  | "version"
  | "versionNumber"
  | "user"
  | "fsync"
  | "synchronousCommit"
  | "encoding"
  | "isReadOnly"
  | "mayCreateTables"
  | "mayCreateSchemas"
  | "mayUseTables"
  | "tables"
>;

async function serverState(client: Client, schema: string): Promise<ServerState> {
  const sql = `WITH namespace AS (SELECT oid FROM pg_namespace WHERE nspname = $1),
      tables AS (SELECT oid, relname FROM pg_class WHERE relkind = 'r' AND relnamespace = (SELECT oid FROM namespace)),
      rights AS (SELECT unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS name)
    SELECT current_setting('server_version') AS version, current_setting('server_version_num')::int AS "versionNumber",
      current_user AS user, current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS "synchronousCommit",
      current_setting('server_encoding') AS encoding, current_setting('transaction_read_only') = 'on' AS "isReadOnly",
      has_database_privilege(current_database(), 'CREATE') AS "mayCreateSchemas",
      coalesce((SELECT has_schema_privilege(oid, 'CREATE') FROM namespace),
        has_database_privilege(current_database(), 'CREATE')) AS "mayCreateTables",
      coalesce((SELECT has_schema_privilege(oid, 'USAGE') FROM namespace), true)
        AND (SELECT coalesce(bool_and(has_table_privilege(oid, name)), true) FROM tables, rights) AS "mayUseTables",
      EXISTS (SELECT FROM tables WHERE relname = 'schema_version') AS "hasTables"`;
  const { rows } = await client.query<Omit<ServerState, "tables"> & { readonly hasTables: boolean }>(sql, [schema]);
  const [{ hasTables, ...state }] = rows as [(typeof rows)[number]];
  return { ...state, tables: hasTables && state.mayUseTables ? await tablesOf(client, schema) : undefined };
}

async function tablesOf(client: Client, schema: string): Promise<number | undefined> {
  const { rows } = await client.query<{ version: number }>(`SELECT version FROM "${schema}".schema_version`);
  return rows[0]?.version;
}

/** The least that server, role and database leave. Those that only a superuser gets are not counted. */
async function freeConnections(client: Client): Promise<number> {
  const sql = `WITH used AS (SELECT datname, numbackends FROM pg_stat_database WHERE datname IS NOT NULL)
    SELECT least(
      current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
        - coalesce(current_setting('reserved_connections', true)::int, 0) - (SELECT sum(numbackends) FROM used)::int,
      (SELECT CASE WHEN rolconnlimit < 0 THEN NULL
         ELSE rolconnlimit - (SELECT count(*) FROM pg_stat_activity WHERE usename = current_user) END
       FROM pg_roles WHERE rolname = current_user),
      (SELECT CASE WHEN datconnlimit < 0 THEN NULL
         ELSE datconnlimit - (SELECT numbackends FROM used WHERE datname = current_database()) END
       FROM pg_database WHERE datname = current_database())
    )::int AS free`;
  const [row] = (await client.query<{ free: number }>(sql)).rows;
  return (row as { free: number }).free;
}

async function clockDifference(client: Client): Promise<Pick<DatabaseState, "clockAheadMs" | "clockToleranceMs">> {
  const readings = [];
  for (let i = 0; i < clockReadings; i++) {
    const before = Date.now();
    const { rows } = await client.query<{ now: number }>(
      "SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now",
    );
    const tookMs = Date.now() - before;
    const clockAheadMs = Math.round((rows[0] as { now: number }).now - before - tookMs / 2);
    readings.push({ clockAheadMs, clockToleranceMs: Math.ceil(tookMs / 2) });
  }
  return readings.reduce((best, one) => (one.clockToleranceMs < best.clockToleranceMs ? one : best));
}

async function isNotified(client: Client, listener: Client): Promise<boolean> {
  const channel = `deepaas_doctor_${randomUUID()}`;
  const notified = new Promise((resolve) => listener.once("notification", resolve));
  await listener.query(`LISTEN "${channel}"`);
  await client.query("SELECT pg_notify($1, '')", [channel]);
  return settlesWithin(notifyMs, notified);
}

async function newestFiles(client: Client, schema: string): Promise<readonly BlobRef[]> {
  const sql = `SELECT ref FROM "${schema}".blobs ORDER BY run DESC LIMIT ${filesToCheck}`;
  const { rows } = await client.query<{ ref: string }>(sql);
  return rows.map(({ ref }) => JSON.parse(ref) as BlobRef);
}
