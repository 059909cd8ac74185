export { bullEngine } from "./bull-engine.ts";
export { examineRedis, type RedisState } from "./examine-redis.ts";
export type { BullBackend, BullEngineOptions, PostgresBackend, RedisBackend } from "./options.ts";
