// The options of `postgresStore`. An unknown option is an error.
import { rejectUnknownOptions } from "@deepaas/core";

export interface PostgresStoreOptions {
  /** `postgres://user:password@host:port/database?sslmode=verify-full`; `postgresql://` too. */
  readonly url: string;
  /**
   * The same database without a pooler, for the one connection that listens. Needed if `url` is that of a pooler in transaction
   * mode, such as PgBouncer. Default: `url`.
   */
  readonly listenUrl?: string;
  /** The schema of the tables; created if it is missing. 1-48 of `a-z 0-9 _`, not a digit first. Default `deepaas`. */
  readonly schema?: string;
  /** Events kept per run; older ones are trimmed. Default: all. At least 1. */
  readonly keepEvents?: number;
  /** Time to retry a read while the database is out of reach, in milliseconds. 0: no retry. Default 5,000. */
  readonly patienceMs?: number;
  /** Connections for queries. One more listens. Default 10, at least 2. */
  readonly connections?: number;
  /**
   * 32 bytes in base64. Encrypts secret arguments (AES-256-GCM); the same for all nodes. Without it a run with secrets is refused
   * with `failed_precondition`.
   */
  readonly secretKey?: string;
}

const defaultPostgresStoreOptions = {
  schema: "deepaas",
  keepEvents: Number.POSITIVE_INFINITY,
  patienceMs: 5_000,
  connections: 10,
} as const satisfies Partial<PostgresStoreOptions>;

export interface StoreSettings extends Required<Omit<PostgresStoreOptions, "secretKey">> {
  readonly secretKey: Buffer | undefined;
}

const known = { url: true, listenUrl: true, secretKey: true, ...defaultPostgresStoreOptions };

/** Throws a TypeError that names the faulty option. Its message contains neither the URL nor the key. */
export function checkStoreOptions(options: PostgresStoreOptions): StoreSettings {
  rejectUnknownOptions("postgresStore", options, known);
  const {
    url,
    listenUrl = url,
    schema,
    keepEvents,
    patienceMs,
    connections,
    secretKey,
  } = {
    ...defaultPostgresStoreOptions,
    ...options,
  };
  if (!isUrl(url)) throw new TypeError("postgresStore: url starts with postgres://.");
  if (!isUrl(listenUrl)) throw new TypeError("postgresStore: listenUrl starts with postgres://.");
  if (typeof schema !== "string" || !/^[a-z_][a-z0-9_]{0,47}$/.test(schema) || schema.startsWith("pg_")) {
    throw new TypeError("postgresStore: schema is 1-48 of a-z, 0-9 and _, without a digit or pg_ at its start.");
  }
  if (!(keepEvents === Number.POSITIVE_INFINITY || Number.isSafeInteger(keepEvents)) || keepEvents < 1) {
    throw new TypeError(`postgresStore: keepEvents is a whole number of at least 1, not ${String(keepEvents)}.`);
  }
  if (!Number.isFinite(patienceMs) || patienceMs < 0) {
    throw new TypeError(`postgresStore: patienceMs is a number of at least 0, not ${String(patienceMs)}.`);
  }
  if (!Number.isSafeInteger(connections) || connections < 2) {
    throw new TypeError(`postgresStore: connections is a whole number of at least 2, not ${String(connections)}.`);
  }
  const settings = { url, listenUrl, schema, keepEvents, patienceMs, connections };
  return { ...settings, secretKey: secretKey === undefined ? undefined : keyFrom(secretKey) };
}

function isUrl(url: unknown): boolean {
  return typeof url === "string" && /^postgres(ql)?:\/\//.test(url) && URL.canParse(url);
}

function keyFrom(text: unknown): Buffer {
  const key = typeof text === "string" ? Buffer.from(text, "base64") : Buffer.alloc(0);
  if (key.length !== 32) throw new TypeError("postgresStore: secretKey is 32 bytes in base64.");
  return key;
}
