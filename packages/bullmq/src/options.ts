// The options of `bullEngine`, checked once.
import { consoleLogger, type Logger, rejectUnknownOptions, withoutUndefined } from "@deepaas/core";

/** Where the queue is. All nodes have the same. */
export type BullBackend = PostgresBackend | RedisBackend;

export interface PostgresBackend {
  /** URL of the database, such as `postgres://user:password@host/name`. Its user must be allowed to create the schema. */
  readonly postgres: string;
  /** Schema of the tables of the queue. Default "deepaas_queue". */
  readonly schema?: string;
}

export interface RedisBackend {
  /** URL of a Redis or Valkey server, such as `redis://host:6379/0`. Its `maxmemory-policy` must be `noeviction`. */
  readonly redis: string;
  /** Prefix of the keys. Default "deepaas". */
  readonly prefix?: string;
}

export interface BullEngineOptions {
  /**
   * Time without a sign of life, in milliseconds, after which the runs of a node go on elsewhere. Default 30,000; 1,000 to
   * 3,600,000.
   */
  readonly leaseMs?: number;
  /** Interval in which a node with a free slot looks for runs of other nodes, in milliseconds. Default 500, at least 10. */
  readonly pollMs?: number;
  /** Default: `consoleLogger` of `@deepaas/core`, warnings and errors to stderr. */
  readonly logger?: Logger;
}

export interface BullSettings extends Required<BullEngineOptions> {
  readonly backend: BullBackend;
}

const defaults = { leaseMs: 30_000, pollMs: 500, logger: consoleLogger } as const;
const ranges = { leaseMs: [1_000, 3_600_000], pollMs: [10, 60_000] } as const;

/** Throws a TypeError that names the faulty option. */
export function checkBullOptions(backend: BullBackend, options: BullEngineOptions): BullSettings {
  const { postgres, redis } = Object(backend) as Partial<PostgresBackend & RedisBackend>;
  const members = redis === undefined ? { postgres: true, schema: true } : { redis: true, prefix: true };
  rejectUnknownOptions("bullEngine: the backend", Object(backend) as object, members);
  for (const [name, value] of Object.entries(Object(backend) as object)) {
    if (typeof value !== "string" || value === "") throw new TypeError(`bullEngine: ${name} must be a text.`);
  }
  const protocols = redis === undefined ? ["postgres:", "postgresql:"] : ["redis:", "rediss:"];
  const url = redis ?? postgres;
  // The URL may have a password: it is not in the message.
  if (url === undefined || !protocols.includes(URL.parse(url)?.protocol ?? "")) {
    throw new TypeError(`bullEngine: give { postgres: "postgres://…" } or { redis: "redis://…" }.`);
  }
  rejectUnknownOptions("bullEngine", options, defaults);
  const settings = { ...defaults, ...withoutUndefined(options), backend };
  for (const [name, [least, most]] of Object.entries(ranges) as [keyof typeof ranges, readonly [number, number]][]) {
    if (Number.isInteger(settings[name]) && settings[name] >= least && settings[name] <= most) continue;
    throw new TypeError(`bullEngine: ${name} must be a whole number from ${least} to ${most}.`);
  }
  return settings;
}
