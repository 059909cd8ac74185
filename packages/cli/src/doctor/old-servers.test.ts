// Servers that are too old are not at hand: what is said of them.
import type { RedisState } from "@deepaas/bullmq";
import type { DatabaseState } from "@deepaas/postgres";
import { expect, test } from "vitest";
import { versionFaults } from "./examine-database.ts";
import { redisFaults } from "./examine-queue.ts";

test.each([
  ["12.19", 120_019, ["error"]],
  ["13.0", 130_000, []],
  ["17.2", 170_002, []],
])("PostgreSQL %s", (version, versionNumber, levels) => {
  const state = { version, versionNumber, isReadOnly: false } as DatabaseState;
  expect(versionFaults(state).map(({ level }) => level)).toEqual(levels);
});

test.each([
  ["6.0.16", "6.0.16", ["error"]],
  ["5.0.14", "5.0.14", ["error"]],
  ["6.2.0", "6.2.0", []],
  // Valkey.
  ["8.0.1", "7.2.4", []],
])("Redis or Valkey %s", (version, redisVersion, levels) => {
  const right = { program: "Redis", maxmemoryPolicy: "noeviction", persistence: "log", writeError: undefined } as const;
  const state: RedisState = { ...right, version, redisVersion };
  expect(redisFaults(state).map(({ level }) => level)).toEqual(levels);
});
