// A Node.js server with the REST adapter only.
import {
  createServer as createHttpServer,
  type ServerOptions as HttpServerOptions,
  type RequestListener,
  type Server,
} from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { Duplex } from "node:stream";
import { type Logger, type ModelService, rejectNoService, rejectUnknownOptions, withoutUndefined } from "@deepaas/core";
import { noteRestAuthenticates } from "@deepaas/protocol/node";
import Koa from "koa";
import { checkNumber, type RestOptions, restOptionNames, toRestSettings } from "./options.ts";
import { holdBody } from "./request/continue.ts";
import { type Observing, observeUnparsed } from "./request/observed-request.ts";
import { textResponse } from "./response/http-response.ts";
import { directPredicts } from "./routes/direct-predicts.ts";
import { dispatcher, respond } from "./routes/dispatch.ts";
import type { RouteContext } from "./routes/route.ts";
import { serveTlsFiles, type TlsOptions } from "./tls-files.ts";

export interface ServerOptions extends RestOptions {
  /** Time for the request line and headers of one request, in milliseconds. Default 60,000. 0: no limit. */
  readonly headersTimeoutMs?: number;
  /** Time for a whole request with its body, in milliseconds. Default 1,800,000. 0: no limit. See also `uploadIdleMs`. */
  readonly requestTimeoutMs?: number;
  /** Time that an idle connection is kept open, in milliseconds. Default 75,000, as in the Python server. */
  readonly keepAliveMs?: number;
  /** Largest size of request line and headers; beyond it 431. Default 16,384. */
  readonly maxHeaderBytes?: number;
  /**
   * True: predicts with a JSON body are answered before Koa, by the same code, for less CPU time. False: every request goes
   * through Koa. Default true.
   */
  readonly directPredict?: boolean;
  /**
   * HTTPS with this certificate and private key: paths of PEM files, or their text. Changed files are loaded without a restart;
   * if they cannot be used, an error is logged and the last ones stay. Default: HTTP.
   */
  readonly tls?: TlsOptions;
}

const defaultServerOptions = {
  headersTimeoutMs: 60_000,
  requestTimeoutMs: 30 * 60_000,
  keepAliveMs: 75_000,
  maxHeaderBytes: 16_384,
  directPredict: true,
} as const;

/**
 * Returns a server that does not listen yet. Throws a TypeError for an unknown or invalid option.
 *
 * @example
 * createServer(host).listen(5000, "127.0.0.1");
 */
export function createServer(service: ModelService, options: ServerOptions = {}): Server {
  rejectNoService("createServer", service);
  rejectUnknownOptions("createServer", options, {
    ...restOptionNames,
    ...defaultServerOptions,
    tls: undefined,
  });
  const { headersTimeoutMs, requestTimeoutMs, keepAliveMs, maxHeaderBytes, directPredict, tls, ...restOptions } = {
    ...defaultServerOptions,
    ...withoutUndefined(options),
  };
  for (const [name, value] of Object.entries({ headersTimeoutMs, requestTimeoutMs, keepAliveMs, maxHeaderBytes })) {
    checkNumber("createServer", name, value);
  }
  if (typeof directPredict !== "boolean") throw new TypeError("createServer: directPredict must be true or false.");
  const context: RouteContext = { service, settings: toRestSettings(restOptions) };
  const { logger } = context.settings;
  const app = new Koa();
  app.on("error", (error: unknown) => logger.debug({ err: error }, "response was not sent completely"));
  app.use(async (ctx, next) => {
    await next();
    const isAnswered = ctx.state.requestId !== undefined;
    if (isAnswered) return;
    await respond(ctx, context.settings, { access: "open", handle: () => textResponse(404, "404: Not Found") });
  });
  app.use(dispatcher(context));
  const throughKoa = app.callback();
  const direct = directPredict ? directPredicts(context) : () => false;
  const onRequest: RequestListener = (req, res) => {
    if (!direct(req, res)) void throughKoa(req, res);
  };
  const limits = {
    headersTimeout: headersTimeoutMs,
    requestTimeout: requestTimeoutMs,
    keepAliveTimeout: keepAliveMs,
    connectionsCheckingInterval: checkEveryMs(headersTimeoutMs, requestTimeoutMs),
    maxHeaderSize: maxHeaderBytes,
  };
  const server = tls ? createTlsServer(tls, { limits, onRequest, logger }) : createHttpServer(limits, onRequest);
  const { observing } = context.settings;
  server.on("clientError", (error, socket) => answerClientError(error, socket, observing));
  server.on("checkContinue", (...[req, res]: Parameters<RequestListener>) => {
    holdBody(req, res);
    onRequest(req, res);
  });
  if (context.settings.authenticate) noteRestAuthenticates(server, "createServer", logger);
  return server;
}

function createTlsServer(
  tls: TlsOptions,
  { limits, onRequest, logger }: { limits: HttpServerOptions; onRequest: RequestListener; logger: Logger },
): Server {
  const server = createHttpsServer(limits, onRequest);
  serveTlsFiles(server, tls, logger);
  return server;
}

/** Node.js checks timeouts in this interval: at least ten times per timeout. */
function checkEveryMs(...timeoutsMs: readonly number[]): number {
  const shortest = Math.min(...timeoutsMs.filter((ms) => ms > 0), 100_000);
  return Math.max(50, Math.ceil(shortest / 10));
}

const clientErrors: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: "431 Request Header Fields Too Large",
  ERR_HTTP_REQUEST_TIMEOUT: "408 Request Timeout",
};

/** Answers a connection whose bytes are not a valid HTTP request. */
function answerClientError(error: NodeJS.ErrnoException, socket: Duplex, observing: Observing | undefined): void {
  // After a failed TLS handshake there is nothing to encrypt an answer with.
  const noHandshake = error.code?.startsWith("ERR_SSL_") || error.code?.startsWith("ERR_TLS_");
  if (error.code === "ECONNRESET" || noHandshake || !socket.writable) {
    socket.destroy();
    return;
  }
  const status = clientErrors[error.code ?? ""] ?? "400 Bad Request";
  if (observing) observeUnparsed(socket, Number(status.slice(0, 3)), observing);
  const text = status.replace(" ", ": ");
  const headers = `Content-Type: text/plain; charset=utf-8\r\nContent-Length: ${text.length}\r\nConnection: close`;
  socket.end(`HTTP/1.1 ${status}\r\n${headers}\r\n\r\n${text}`);
}
