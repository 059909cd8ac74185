// What an operator should know of a Redis or Valkey server before nodes use it for their queue.
import { randomUUID } from "node:crypto";
import { DeepaasError, errorText } from "@deepaas/core";
import { Redis } from "ioredis";
import { checkBullOptions, type RedisBackend } from "./options.ts";

export interface RedisState {
  readonly program: "Redis" | "Valkey";
  /** Such as "7.0.15". */
  readonly version: string;
  /** Version of the commands that it has: a Valkey server says that of Redis. */
  readonly redisVersion: string;
  /** What it does when its memory is full. Undefined if it does not say. */
  readonly maxmemoryPolicy: string | undefined;
  /** What is on disk: every change, a snapshot now and then, or nothing. "unknown" if it does not say. */
  readonly persistence: "log" | "snapshots" | "none" | "unknown";
  /** Why a script could not write and delete a key. Undefined: it could. */
  readonly writeError: string | undefined;
}

const timeoutMs = 5_000;
/** As BullMQ changes its queues. */
const script = 'redis.call("SET", KEYS[1], "1", "PX", 60000) return redis.call("DEL", KEYS[1])';

/**
 * Returns what `bullEngine` with this backend would find; writes a key and deletes it. Rejects `unavailable` if the server cannot be
 * used; its own words are in the cause. Throws a TypeError for an invalid option.
 */
export async function examineRedis(backend: RedisBackend): Promise<RedisState> {
  checkBullOptions(backend, {});
  const { redis, prefix = "deepaas" } = backend;
  const client = new Redis(redis, {
    lazyConnect: true,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
  });
  let lost: Error | undefined;
  client.on("error", (error: Error) => {
    lost = error;
  });
  try {
    await client.connect();
    const info = infoFrom(await client.info());
    const writeError = await client.eval(script, 1, `${prefix}:doctor:${randomUUID()}`).then(
      () => undefined,
      (error: unknown) => errorText(error),
    );
    const version = info.get("redis_version") ?? "0";
    return {
      program: info.has("valkey_version") ? "Valkey" : "Redis",
      version: info.get("valkey_version") ?? version,
      redisVersion: version,
      maxmemoryPolicy: info.get("maxmemory_policy"),
      persistence: await persistence(client, info),
      writeError,
    };
  } catch (error) {
    throw new DeepaasError("unavailable", "The queue cannot be reached.", { cause: lost ?? error });
  } finally {
    client.disconnect();
  }
}

/** Hosted servers refuse `CONFIG`. */
async function persistence(client: Redis, info: ReadonlyMap<string, string>): Promise<RedisState["persistence"]> {
  if (info.get("aof_enabled") === "1") return "log";
  try {
    const [, save] = (await client.config("GET", "save")) as readonly string[];
    return save === "" ? "none" : "snapshots";
  } catch {
    return "unknown";
  }
}

function infoFrom(text: string): ReadonlyMap<string, string> {
  return new Map(
    text.split("\r\n").flatMap((line) => {
      const at = line.indexOf(":");
      return at < 1 || line.startsWith("#") ? [] : [[line.slice(0, at), line.slice(at + 1)] as const];
    }),
  );
}
