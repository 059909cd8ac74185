// REST and WebSocket on one server, in front of a host with a policy. The token of a caller says what its scopes are.
import { once } from "node:events";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import {
  type Caller,
  createHost,
  type Grant,
  type GrantRequest,
  grantScope,
  type Logger,
  type ModelService,
  type TrainContext,
  withAccess,
} from "@deepaas/core";
import { createServer, type ServerOptions } from "@deepaas/koa";
import { accessLog } from "@deepaas/protocol";
import { attachWs } from "@deepaas/ws/node";

const mark = "EASY-TO-FIND";

/** Returns a token that `callerOfToken` knows; none of it may be in a log, an error, an event or a document. */
export const tokenWith = (...scopes: readonly string[]) =>
  `dpk_${mark}.${Buffer.from(JSON.stringify(scopes)).toString("base64url")}`;

/** The id of the caller with these scopes. */
export const idWith = (...scopes: readonly string[]) => `holder of ${scopes.join(" ")}`;

export const secretMark = new RegExp(`${mark}|${Buffer.from(`dpk_${mark}`).toString("base64url").slice(0, 16)}`);

function callerOfToken(token: string | undefined): Caller | undefined {
  if (token?.startsWith(`dpk_${mark}.`)) {
    const scopes = JSON.parse(Buffer.from(token.slice(token.indexOf(".") + 1), "base64url").toString()) as string[];
    return { id: idWith(...scopes), scopes };
  }
  if (!token?.startsWith(`grant.${mark}.`)) return undefined;
  const run = Buffer.from(token.slice(token.lastIndexOf(".") + 1), "base64url").toString();
  return { id: `grant for ${run}`, scopes: [grantScope(run)] };
}

const sign = ({ run, seconds }: GrantRequest): Grant => ({
  token: `grant.${mark}.${Buffer.from(run).toString("base64url")}`,
  expiresAt: new Date(Date.now() + seconds * 1_000).toISOString(),
});

const model = {
  predict: () => 1,
  async *predictStream() {
    yield 1;
  },
  async train(_args: object, run: TrainContext) {
    run.log("trained");
    await run.artifact("a.txt", Buffer.from("a file"));
    return 1;
  },
};

export interface GuardedServer {
  readonly url: string;
  readonly server: Server;
  readonly host: ModelService;
  readonly guarded: ModelService;
  readonly logged: readonly string[];
  /** Returns the id of an ended run. */
  endedRun(owner: string | undefined): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The models are `open` and `closed`. */
export async function guardedServer(options: ServerOptions = {}): Promise<GuardedServer> {
  const logged: string[] = [];
  const write = (fields: object, message: string) => {
    const { err } = fields as { err?: Error };
    logged.push(`${message} ${JSON.stringify(fields)} ${err?.stack ?? ""}`);
  };
  const logger: Logger = { debug: write, info: write, warn: write, error: write };
  const host = await createHost({ models: { open: model, closed: model }, logger });
  const guarded = withAccess(host, { grants: { sign } });
  const authenticate = (_request: unknown, token: string | undefined) => callerOfToken(token);
  const server = createServer(guarded, {
    authenticate,
    logger,
    observer: accessLog(logger),
    debugOutput: () => "what models printed",
    metrics: () => "deepaas_up 1",
    ...options,
  });
  const attached = attachWs(server, guarded, { authenticate, logger, observer: accessLog(logger) });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    server,
    host,
    guarded,
    logged,
    async endedRun(owner) {
      const { id } = await host.train("open", {}, owner === undefined ? {} : { caller: { id: owner } });
      for await (const _event of host.watch(id));
      return id;
    },
    async [Symbol.asyncDispose]() {
      await attached.close({ drainMs: 0 });
      await host.close({ drainMs: 0 });
      server.closeAllConnections();
      server.close();
    },
  };
}
