// Real servers of other projects, for tests of drivers. Needs Node.js, and the programs on this machine.

export { type PostgresServer, postgresMissing, startPostgres } from "./servers/postgres-server.ts";
export { type RedisServer, redisMissing, startRedis } from "./servers/redis-server.ts";
