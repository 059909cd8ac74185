// The short way: a server of Node with nothing but the REST door.
import { createServer as createHttpServer, type Server } from "node:http";
import type { Duplex } from "node:stream";
import { type ModelService, rejectUnknownOptions, silentLogger } from "@deepaas/core";
import Koa from "koa";
import { rest } from "./rest.ts";
import { checkNumber, defaultRestOptions, type RestOptions, withoutUndefined } from "./rest-options.ts";
import { writeText } from "./write-json.ts";

export interface ServerOptions extends RestOptions {
  /** For the request line and the headers of one request, in milliseconds. Default 60,000; 0: for ever. */
  readonly headersTimeoutMs?: number;
  /** For a whole request, its body included, in milliseconds. Default 30 minutes; 0: for ever. See also `uploadIdleMs`. */
  readonly requestTimeoutMs?: number;
  /** How long an idle connection is kept, in milliseconds. Default 75,000, as the original. */
  readonly keepAliveMs?: number;
  /** Largest request line and headers together; beyond it 431. Default 16 KiB. */
  readonly maxHeaderBytes?: number;
}

export const defaultServerOptions = {
  headersTimeoutMs: 60_000,
  requestTimeoutMs: 30 * 60_000,
  keepAliveMs: 75_000,
  maxHeaderBytes: 16_384,
} as const;

/** Not listening yet. Throws a TypeError for an unknown or unsound option. */
export function createServer(service: ModelService, options: ServerOptions = {}): Server {
  rejectUnknownOptions("createServer", options, {
    ...defaultRestOptions,
    debugOutput: undefined,
    ...defaultServerOptions,
  });
  const { headersTimeoutMs, requestTimeoutMs, keepAliveMs, maxHeaderBytes, ...restOptions } = {
    ...defaultServerOptions,
    ...withoutUndefined(options),
  };
  for (const [name, value] of Object.entries({ headersTimeoutMs, requestTimeoutMs, keepAliveMs, maxHeaderBytes })) {
    checkNumber("createServer", name, value);
  }
  const logger = options.logger ?? silentLogger;
  const app = new Koa();
  app.on("error", (error: unknown) => logger.debug({ err: error }, "an answer could not be sent whole"));
  app.use(async (ctx, next) => {
    await next();
    if (ctx.status !== 404 || (ctx.body !== undefined && ctx.body !== null)) return;
    ctx.set("X-Content-Type-Options", "nosniff");
    writeText(ctx, 404, "404: Not Found");
  });
  app.use(rest(service, restOptions));
  const handle = app.callback();
  const server = createHttpServer(
    {
      headersTimeout: headersTimeoutMs,
      requestTimeout: requestTimeoutMs,
      keepAliveTimeout: keepAliveMs,
      connectionsCheckingInterval: checkEveryMs(headersTimeoutMs, requestTimeoutMs),
      maxHeaderSize: maxHeaderBytes,
    },
    (req, res) => void handle(req, res),
  );
  server.on("clientError", answerClientError);
  return server;
}

/** Often enough that the timeouts are kept to a tenth or so. */
function checkEveryMs(...timeoutsMs: readonly number[]): number {
  const shortest = Math.min(...timeoutsMs.filter((ms) => ms > 0), 100_000);
  return Math.max(50, Math.ceil(shortest / 10));
}

const clientErrors: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** For what never became a request. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = clientErrors[error.code ?? ""] ?? "400 Bad Request";
  const text = status.replace(" ", ": ");
  const headers = `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length}\r\nConnection: close`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${text}`);
}
