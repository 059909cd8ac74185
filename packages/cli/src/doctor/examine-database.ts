// `deepaas doctor`: the Postgres that several nodes share.
import type { DatabaseState } from "@deepaas/postgres";
import type { RunSettings } from "../settings/run-settings.ts";
import { error, type Fault, type Finding, faultIf, findingsOf, ok, warning } from "./finding.ts";
import { reasonText, serverPlace, unreadableUrl, unreadableUrlAdvice } from "./server-place.ts";

const oldest = 13;
/** Times of one run come from several machines. */
const clockMs = 1_000;

export interface ExaminedDatabase {
  readonly findings: readonly Finding[];
  /** Undefined if it cannot be used. */
  readonly state: DatabaseState | undefined;
}

type Settings = Pick<RunSettings, "store" | "storeDirectUrl">;

/** `needed`: connections of this node. */
export async function examineDatabase(settings: Settings, needed: number): Promise<ExaminedDatabase> {
  const { store: url, storeDirectUrl } = settings;
  const what = "database";
  const urls = storeDirectUrl === undefined ? { url } : { url, listenUrl: storeDirectUrl };
  if (Object.values(urls).some((one) => serverPlace(one) === undefined)) {
    return { findings: findingsOf(what, [error(unreadableUrl, unreadableUrlAdvice)]), state: undefined };
  }
  const driver = await import("@deepaas/postgres");
  try {
    const state = await driver.examineDatabase(urls);
    const faults = [
      ...versionFaults(state),
      ...tableFaults(state),
      ...durabilityFaults(state),
      ...poolerFaults(state),
      ...connectionFaults(state, needed),
    ];
    const { version, freeConnections, tables } = state;
    const made = tables === undefined ? "no tables yet" : `tables of version ${tables}`;
    const place = `PostgreSQL ${version} at ${serverPlace(url)}, ${made}, ${freeConnections} connections free`;
    return { findings: [...findingsOf(what, [ok(place), ...faults]), ...clock(state)], state };
  } catch (reason) {
    const text = `${serverPlace(url)}: ${reasonText(reason)}`;
    const advice =
      "start the server, or correct --store; a firewall, its pg_hba.conf or its password may refuse this machine";
    return { findings: findingsOf(what, [error(text, advice)]), state: undefined };
  }
}

/** What any Postgres must have, also that of the queue. */
export function versionFaults({ version, versionNumber, isReadOnly }: DatabaseState): readonly Fault[] {
  const toPrimary = "name the primary, not a standby; default_transaction_read_only must be off";
  return [
    ...faultIf(
      versionNumber < oldest * 10_000,
      error(`PostgreSQL ${version} is too old`, `upgrade it to ${oldest} or newer`),
    ),
    ...faultIf(isReadOnly, error("the database permits no changes", toPrimary)),
  ];
}

function tableFaults(state: DatabaseState): readonly Fault[] {
  const { user, mayCreateTables, mayUseTables, tables, newestTables } = state;
  if (!mayUseTables) {
    const advice = `start all nodes as one role, or: GRANT ALL ON SCHEMA deepaas TO ${user}; GRANT ALL ON ALL TABLES IN SCHEMA deepaas TO ${user}`;
    return [error(`the role ${user} may not use the tables of another role`, advice)];
  }
  if (!mayCreateTables) {
    const advice = `as the owner of the database: CREATE SCHEMA deepaas AUTHORIZATION ${user}`;
    return [error(`the role ${user} may not create tables`, advice)];
  }
  if (tables !== undefined && tables > newestTables) {
    const text = `the tables have version ${tables}, this program knows ${newestTables}`;
    return [error(text, "update deepaas on this node: another node has updated the tables")];
  }
  if (tables !== undefined && tables < newestTables) {
    const text = `the tables have version ${tables}; the first node that starts makes ${newestTables} of it`;
    return [warning(text, "make a backup first: nodes of an older version do not start after that")];
  }
  return [];
}

function durabilityFaults({ fsync, synchronousCommit, encoding, isPooled }: DatabaseState): readonly Fault[] {
  const off = "synchronous_commit is off";
  const offFault = isPooled
    ? error(`${off}, and a pooler does not keep what a node sets`, "ALTER ROLE … SET synchronous_commit = on")
    : warning(`${off}; nodes set it to on for their own connections`, "set synchronous_commit = on");
  const toUtf8 = "CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0";
  return [
    ...faultIf(fsync !== "on", error(`fsync is ${fsync}: a crash would lose what was shown`, "set fsync = on")),
    ...faultIf(synchronousCommit === "off", offFault),
    ...faultIf(encoding !== "UTF8", error(`the encoding of the database is ${encoding}`, toUtf8)),
  ];
}

function poolerFaults({ isPooled, notifies }: DatabaseState): readonly Fault[] {
  if (notifies) return [];
  const what = isPooled ? "a pooler in transaction mode is in between" : "a proxy may be in between";
  const advice = "give the database without it with --store-direct-url";
  return [error(`notifications do not arrive: ${what}`, advice)];
}

function connectionFaults({ freeConnections, isPooled }: DatabaseState, needed: number): readonly Fault[] {
  if (freeConnections >= needed || isPooled) return [];
  const text = `${freeConnections} connections are free; one node needs up to ${needed}`;
  return [warning(text, "raise max_connections, or the CONNECTION LIMIT of the role or the database")];
}

function clock({ clockAheadMs, clockToleranceMs }: DatabaseState): readonly Finding[] {
  const ms = Math.abs(clockAheadMs);
  const text = `that of the database is ${(ms / 1_000).toFixed(1)} s ${clockAheadMs > 0 ? "ahead of" : "behind"} this machine`;
  if (ms <= clockMs + clockToleranceMs) return findingsOf("clock", [ok(ms < 100 ? "as that of the database" : text)]);
  return findingsOf("clock", [warning(text, "synchronise both with NTP: times of one run come from several machines")]);
}
