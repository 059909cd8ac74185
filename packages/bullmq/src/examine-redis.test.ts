import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { redisMissing, startRedis } from "@deepaas/conformance/servers";
import { Redis } from "ioredis";
import { describe, expect, onTestFinished, test } from "vitest";
import { examineRedis } from "./examine-redis.ts";

describe.skipIf(redisMissing !== undefined)("a Redis server (needs redis-server)", () => {
  test("one that is right but keeps nothing, and one that writes a log", async () => {
    const dir = mkdtempSync(join(tmpdir(), "deepaas-redis-"));
    onTestFinished(() => rmSync(dir, { recursive: true }));
    await using server = await startRedis();
    const state = await examineRedis({ redis: server.url });
    expect(state).toMatchObject({ program: "Redis", maxmemoryPolicy: "noeviction", persistence: "none" });
    expect(state.writeError).toBeUndefined();
    expect(state.version).toBe(state.redisVersion);
    expect(Number.parseFloat(state.version)).toBeGreaterThanOrEqual(6);
    const client = new Redis(server.url);
    onTestFinished(() => client.disconnect());
    expect(await client.dbsize()).toBe(0);
    await client.config("SET", "save", "900 1");
    expect(await examineRedis({ redis: server.url })).toMatchObject({ persistence: "snapshots" });
    await using logging = await startRedis({ appendonly: "yes", dir });
    expect(await examineRedis({ redis: logging.url })).toMatchObject({ persistence: "log" });
  });

  test("one that evicts, one whose memory is full, and a replica", async () => {
    await using evicting = await startRedis({ "maxmemory-policy": "allkeys-lru" });
    expect(await examineRedis({ redis: evicting.url })).toMatchObject({ maxmemoryPolicy: "allkeys-lru" });
    await using full = await startRedis({ maxmemory: "1" });
    expect((await examineRedis({ redis: full.url })).writeError).toContain("maxmemory");
    await using replica = await startRedis({ replicaof: `127.0.0.1 ${full.port}` });
    expect((await examineRedis({ redis: replica.url })).writeError).toMatch(/read only replica/i);
  });

  test("a user that may not write or ask for the configuration", async () => {
    await using server = await startRedis();
    const client = new Redis(server.url);
    onTestFinished(() => client.disconnect());
    await client.call("ACL", "SETUSER", "reader", "on", ">hush-hush", "~*", "+info", "+eval", "+get");
    const state = await examineRedis({ redis: `redis://reader:hush-hush@127.0.0.1:${server.port}` });
    expect(state).toMatchObject({
      persistence: "unknown",
      writeError: expect.stringContaining("can't run this command"),
    });
    expect(JSON.stringify(state)).not.toContain("hush");
  });

  test("one that cannot be reached or refuses the password is said without it", async () => {
    await using server = await startRedis({ requirepass: "open-sesame" });
    const { port } = server;
    for (const [redis, why] of [
      [`redis://:hush-hush@127.0.0.1:${port}`, /WRONGPASS/],
      [`redis://127.0.0.1:${port}`, /NOAUTH/],
      ["redis://:hush-hush@127.0.0.1:1", /ECONNREFUSED/],
    ] as const) {
      const error: Error = await examineRedis({ redis }).then(
        () => expect.unreachable(),
        (reason) => reason,
      );
      expect(error).toMatchObject({ code: "unavailable", cause: { message: expect.stringMatching(why) } });
      expect((error.cause as Error).message).not.toContain("hush");
    }
    await expect(examineRedis({ redis: "x" })).rejects.toThrow(TypeError);
  });
});
