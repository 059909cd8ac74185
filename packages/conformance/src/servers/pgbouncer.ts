// A PgBouncer of its own in transaction mode, from the package `pgbouncer`: never the service that the package starts.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort } from "./free-port.ts";
import { isReady, type PostgresServer, userFor } from "./postgres-server.ts";
import { serverProcess } from "./server-process.ts";

export interface PgBouncer extends AsyncDisposable {
  /** As that of the server behind it, with another port. */
  readonly url: string;
}

const program = ["/usr/sbin/pgbouncer", "/usr/local/bin/pgbouncer"].find((path) => existsSync(path));

/** Why there is no PgBouncer here, for the title of a skipped test. Undefined in CI: there a test that needs one fails. */
export const pgbouncerMissing: string | undefined =
  program !== undefined || process.env.CI !== undefined ? undefined : "needs the package pgbouncer";

/** Starts it on 127.0.0.1 in front of a server of `startPostgres`. It ends with `await using`, or with this process at the latest. */
export async function startPgBouncer(server: Pick<PostgresServer, "url" | "port">): Promise<PgBouncer> {
  if (program === undefined) throw new Error("PgBouncer is missing: install the package pgbouncer.");
  const folder = mkdtempSync(join(tmpdir(), "deepaas-pgbouncer-"));
  const port = await freePort();
  const config = [
    "[databases]",
    `* = host=127.0.0.1 port=${server.port} user=postgres`,
    "[pgbouncer]",
    `listen_addr = 127.0.0.1\nlisten_port = ${port}\nunix_socket_dir =`,
    "auth_type = any\npool_mode = transaction",
  ];
  const path = join(folder, "pgbouncer.ini");
  writeFileSync(path, config.join("\n"), { mode: 0o644 });
  const options = userFor(folder);
  const bouncer = serverProcess({
    name: "PgBouncer",
    signal: "SIGKILL",
    launch: () => spawn(program, [path], { ...options, stdio: "ignore" }),
    isReady: () => isReady(port),
  });
  await bouncer.start();
  const url = new URL(server.url);
  url.port = String(port);
  return {
    url: url.href,
    async [Symbol.asyncDispose]() {
      await bouncer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
