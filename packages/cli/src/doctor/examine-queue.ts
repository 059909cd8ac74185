// `deepaas doctor`: the queue that several nodes share.
import type { RedisState } from "@deepaas/bullmq";
import type { DatabaseState } from "@deepaas/postgres";
import { queueBackend } from "../serve/open-stores.ts";
import type { RunSettings } from "../settings/run-settings.ts";
import { versionFaults } from "./examine-database.ts";
import { error, type Fault, type Finding, faultIf, findingsOf, ok, warning } from "./finding.ts";
import { reasonText, serverPlace, unreadableUrl, unreadableUrlAdvice } from "./server-place.ts";

const what = "queue";
/** Schema of its tables. */
const schema = "deepaas_queue";
const oldestRedis = [6, 2] as const;

type Settings = Pick<RunSettings, "store" | "storeDirectUrl" | "queue">;

export async function examineQueue(settings: Settings): Promise<readonly Finding[]> {
  const backend = queueBackend(settings);
  const url = "redis" in backend ? backend.redis : backend.postgres;
  const place = serverPlace(url);
  if (place === undefined) return findingsOf(what, [error(unreadableUrl, unreadableUrlAdvice)]);
  try {
    if (!("redis" in backend)) return await inPostgres(url, place);
    const { examineRedis } = await import("@deepaas/bullmq");
    const state = await examineRedis(backend);
    return findingsOf(what, [ok(`${state.program} ${state.version} at ${place}`), ...redisFaults(state)]);
  } catch (reason) {
    const advice = "start the server, or correct --queue; a firewall or its password may refuse this machine";
    return findingsOf(what, [error(`${place}: ${reasonText(reason)}`, advice)]);
  }
}

async function inPostgres(url: string, place: string): Promise<readonly Finding[]> {
  const { examineDatabase } = await import("@deepaas/postgres");
  const state = await examineDatabase({ url, schema });
  return findingsOf(what, [
    ok(`PostgreSQL ${state.version} at ${place}`),
    ...versionFaults(state),
    ...postgresFaults(state),
  ]);
}

function postgresFaults({ user, isPooled, mayCreateSchemas, mayUseTables }: DatabaseState): readonly Fault[] {
  const toCreate = `as the owner of the database: GRANT CREATE ON DATABASE … TO ${user}`;
  const toUse = "start all nodes as one role, or grant it the schema";
  const around = "give the database without it with --store-direct-url or --queue";
  return [
    // Also if the schema is there.
    ...faultIf(!mayCreateSchemas, error(`the role ${user} may not create schemas`, toCreate)),
    ...faultIf(!mayUseTables, error(`the role ${user} may not use the schema ${schema}`, toUse)),
    ...faultIf(isPooled, error("a pooler is in between", around)),
  ];
}

export function redisFaults({
  redisVersion,
  version,
  maxmemoryPolicy,
  persistence,
  writeError,
}: RedisState): readonly Fault[] {
  const [major = 0, minor = 0] = redisVersion.split(".").map(Number);
  const isOld = major < oldestRedis[0] || (major === oldestRedis[0] && minor < oldestRedis[1]);
  const toChange = "name the primary, give it memory, or give its user all rights for deepaas:*";
  const mayDrop = maxmemoryPolicy !== undefined && maxmemoryPolicy !== "noeviction";
  return [
    ...faultIf(isOld, error(`version ${version} is too old`, `upgrade it to ${oldestRedis.join(".")} or newer`)),
    ...faultIf(writeError !== undefined, error(`it cannot be changed: ${writeError}`, toChange)),
    ...faultIf(
      mayDrop,
      error(`maxmemory-policy is ${maxmemoryPolicy}: it may drop what waits`, "set maxmemory-policy noeviction"),
    ),
    ...persistenceFaults(persistence),
  ];
}

function persistenceFaults(persistence: RedisState["persistence"]): readonly Fault[] {
  const lost = "after its restart runs wait up to two minutes until the nodes queue them again";
  if (persistence === "none") return [warning(`it keeps nothing on disk: ${lost}`, "set appendonly yes")];
  if (persistence === "snapshots") return [warning(`it writes snapshots only: ${lost}`, "set appendonly yes")];
  return [];
}
