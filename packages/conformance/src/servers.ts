// Real servers of other projects, for tests of drivers. Needs Node.js, and the programs on this machine.

export { type Fault, type FaultProxy, faultProxy, type Passing } from "./servers/fault-proxy.ts";
export { freePort } from "./servers/free-port.ts";
export { type PgBouncer, pgbouncerMissing, startPgBouncer } from "./servers/pgbouncer.ts";
export { type PostgresServer, postgresMissing, startPostgres } from "./servers/postgres-server.ts";
export { type RedisServer, redisMissing, startRedis } from "./servers/redis-server.ts";
export { type S3Server, s3Credentials, s3Missing, startS3 } from "./servers/s3-server.ts";
