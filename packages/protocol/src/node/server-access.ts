// Notes on a server which of its adapters authenticate, so that no WebSocket is left open beside a REST adapter that is not.
import type { Server } from "node:http";
import type { Logger } from "@deepaas/core";

interface ServerAccess {
  rest?: "createServer" | "rest";
  hasOpenWs?: true;
  warned?: true;
}

/** The same for all copies of this package. */
const key = Symbol.for("deepaas.server-access");

function accessOf(server: Server & { [key]?: ServerAccess }): ServerAccess {
  server[key] ??= {};
  return server[key];
}

/** For a REST adapter that authenticates. `by`: whether the whole server is its own. */
export function noteRestAuthenticates(server: Server, by: "createServer" | "rest", logger: Logger): void {
  const access = accessOf(server);
  access.rest ??= by;
  warnOnce(access, logger);
}

/** For a WebSocket adapter without authentication. Throws a TypeError if `createServer` made the server with authentication. */
export function noteOpenWs(server: Server, logger: Logger): void {
  const access = accessOf(server);
  if (access.rest === "createServer") {
    throw new TypeError(
      "attachWs: authenticate is missing, but createServer of this server has it. Pass the same function to both: attachWs(server, service, { authenticate }).",
    );
  }
  access.hasOpenWs = true;
  warnOnce(access, logger);
}

function warnOnce(access: ServerAccess, logger: Logger): void {
  if (access.warned || access.rest === undefined || !access.hasOpenWs) return;
  access.warned = true;
  logger.warn(
    {},
    "WebSocket calls are not authenticated, but REST calls on the same server are: pass authenticate to attachWs, too",
  );
}
