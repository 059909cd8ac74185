// Checks the server, and brings the tables up to date.
import { DeepaasError } from "@deepaas/core";
import type { Database } from "./database.ts";
import { migrations } from "./migrations.ts";

interface ServerRow {
  readonly fsync: string;
  readonly encoding: string;
  readonly schema: string | null;
}

/**
 * Rejects `failed_precondition` for a server that does not keep what it confirms, a database that cannot hold every text, and
 * tables of a newer version. Several nodes may call it at the same time.
 */
export async function prepareDatabase(database: Database): Promise<void> {
  const { schema } = database;
  await database.transaction(
    `BEGIN; SELECT pg_advisory_xact_lock(${database.lockKey("migrations")});
     SELECT current_setting('fsync') AS fsync, current_setting('server_encoding') AS encoding,
       to_regnamespace('${schema}')::text AS schema`,
    async ({ rows }, [server]) => {
      checkServer(server as unknown as ServerRow);
      // The role may use the schema and not be allowed to create another one.
      if (server?.schema === null) await rows(`CREATE SCHEMA ${schema}`);
      await rows(`CREATE TABLE IF NOT EXISTS ${schema}.schema_version (version integer NOT NULL)`);
      const [row] = await rows<{ version: number }>(`SELECT version FROM ${schema}.schema_version`);
      const version = row?.version ?? 0;
      if (version > migrations.length) {
        const message = `The tables in the schema ${schema} have version ${version}, which is newer than this program's ${migrations.length}.`;
        throw new DeepaasError("failed_precondition", message);
      }
      if (version === migrations.length) return;
      for (const migration of migrations.slice(version)) await rows(migration(schema));
      await rows(
        row ? `UPDATE ${schema}.schema_version SET version = $1` : `INSERT INTO ${schema}.schema_version VALUES ($1)`,
        [migrations.length],
      );
    },
  );
}

function checkServer({ fsync, encoding }: ServerRow): void {
  if (fsync !== "on") {
    const message = `PostgreSQL runs with fsync = ${fsync}: a crash of its machine would lose what was shown. Set it to on.`;
    throw new DeepaasError("failed_precondition", message);
  }
  if (encoding === "UTF8") return;
  const message = `The database has the encoding ${encoding}; it must be UTF8.`;
  throw new DeepaasError("failed_precondition", message);
}
