// The connections of one node to the server of its queues, and the classes of BullMQ for it.
import { createPostgresBackend, PostgresConnection, Queue, Worker, withBackend } from "bullmq";
import { Redis } from "ioredis";
import type { BullSettings, PostgresBackend, RedisBackend } from "./options.ts";

/** Connections of one queue, and of its worker. */
const poolSize = 1;
const connectMs = 5_000;
/** A server that is silent for longer is out of reach. */
const answerMs = 10_000;

export type RunQueue = Pick<
  Queue<{ readonly runId: string }>,
  "add" | "remove" | "getJob" | "getWaitingCount" | "waitUntilReady" | "close" | "on"
>;
export type RunWorker = Pick<
  Worker<{ readonly runId: string }>,
  "getNextJob" | "extendJobLocks" | "startStalledCheckTimer" | "waitUntilReady" | "close" | "on"
>;

export interface Connection {
  queue(name: string): RunQueue;
  worker(name: string): RunWorker;
  /** Resolves when the server answers and its tables exist. */
  ready(): Promise<void>;
  close(): Promise<void>;
}

export function connectTo(settings: BullSettings): Connection {
  return "postgres" in settings.backend
    ? connectToPostgres(settings.backend, settings)
    : connectToRedis(settings.backend, settings);
}

/** The largest number that Postgres takes. How often a run may lose its node is the host's decision. */
const unlimited = 2 ** 31 - 1;
/** Longest interval in which nodes look for leases that have run out, in milliseconds: a run waits so long beyond its lease. */
const mostCheckMs = 1_000;

function workerOptions({ leaseMs }: BullSettings) {
  return {
    autorun: false,
    lockDuration: leaseMs,
    stalledInterval: Math.min(mostCheckMs, Math.max(500, Math.floor(leaseMs / 4))),
    maxStalledCount: unlimited,
  } as const;
}

function connectToPostgres(
  { postgres, schema = "deepaas_queue" }: PostgresBackend,
  settings: BullSettings,
): Connection {
  // Each queue has its own pool: BullMQ takes the schema only with a configuration.
  const connection = {
    connectionString: postgres,
    schema,
    max: poolSize,
    connectionTimeoutMillis: connectMs,
    query_timeout: answerMs,
    keepAlive: true,
    application_name: "deepaas queue",
  };
  const bound = withBackend(createPostgresBackend);
  return {
    queue: (name) => new bound.Queue(name, { connection }) as unknown as RunQueue,
    worker: (name) => new bound.Worker(name, null, { connection, ...workerOptions(settings) }) as unknown as RunWorker,
    async ready() {
      const migrating = new PostgresConnection({ ...connection, query_timeout: 0, migrate: true });
      // Without a listener a lost connection would be an exception.
      migrating.on("error", () => {});
      try {
        await migrating.waitUntilReady();
      } finally {
        await migrating.close();
      }
    },
    close: async () => {},
  };
}

function connectToRedis({ redis, prefix = "deepaas" }: RedisBackend, settings: BullSettings): Connection {
  const { logger } = settings;
  const connect = (maxRetriesPerRequest: number | null) => {
    const client = new Redis(redis, {
      maxRetriesPerRequest,
      connectTimeout: connectMs,
      commandTimeout: answerMs,
      lazyConnect: true,
    });
    client.on("error", (err: Error) => logger.debug({ err }, "a connection to the queue was lost"));
    return client;
  };
  // A caller gets an error at once. A worker waits until the server is back: BullMQ wants it so.
  const [forCallers, forWorkers] = [connect(1), connect(null)];
  return {
    queue: (name) => new Queue(name, { connection: forCallers as never, prefix }) as unknown as RunQueue,
    worker: (name) =>
      new Worker(name, null, {
        connection: forWorkers as never,
        prefix,
        ...workerOptions(settings),
      }) as unknown as RunWorker,
    async ready() {
      await forCallers.ping();
    },
    async close() {
      forCallers.disconnect();
      forWorkers.disconnect();
    },
  };
}
