// The access suite over every adapter: the server has a policy and finds out who calls, each caller has a client.
import { once } from "node:events";
import { createServer as createHttpServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { connectRest, connectWs } from "@deepaas/client";
import { type AccessSubject, accessSuite, hostOptions } from "@deepaas/conformance";
import { type Caller, createHost, type ModelService, withAccess } from "@deepaas/core";
import { connectInProcess } from "@deepaas/in-process";
import { createServer } from "@deepaas/koa";
import { attachWs } from "@deepaas/ws/node";
import { describe, test } from "vitest";
import { servicePerCaller } from "./support/service-per-caller.ts";

type Served = Omit<AccessSubject, "host">;

/** Each caller has a token. The server is in this process, so that it gets the caller itself, with its signal. */
class Tokens {
  readonly #callers = new Map<string, Caller>();

  of(caller: Caller): string {
    const token = crypto.randomUUID();
    this.#callers.set(token, caller);
    return token;
  }

  readonly authenticate = (_request: unknown, token: string | undefined) => this.#callers.get(token ?? "");
}

async function listening(server: Server) {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function closed(server: Server) {
  server.closeAllConnections();
  server.close();
  await once(server, "close");
}

async function overRest(service: ModelService, directPredict: boolean): Promise<Served> {
  const tokens = new Tokens();
  const server = createServer(service, { authenticate: tokens.authenticate, directPredict });
  const url = await listening(server as Server);
  const clients = servicePerCaller((caller) => {
    const headers = caller ? { Authorization: `Bearer ${tokens.of(caller)}` } : {};
    return { ...connectRest(url, { headers }), close() {} };
  });
  return { service: clients.service, close: () => closed(server as Server) };
}

/** Calls without a caller use a server that does not authenticate. */
async function overWs(service: ModelService): Promise<Served> {
  const tokens = new Tokens();
  const servers = [createHttpServer(), createHttpServer()] as const;
  const attached = [
    attachWs(servers[0], service),
    attachWs(servers[1], service, { authenticate: tokens.authenticate }),
  ];
  const [open, authenticating] = [await listening(servers[0]), await listening(servers[1])];
  const clients = servicePerCaller((caller) =>
    caller ? connectWs(authenticating, { token: tokens.of(caller) }) : connectWs(open),
  );
  return {
    service: clients.service,
    async close() {
      clients.close();
      for (const one of attached) await one.close({ drainMs: 0 });
      for (const server of servers) await closed(server);
    },
  };
}

const adapters: Readonly<Record<string, (service: ModelService) => Promise<Served>>> = {
  "in-process": async (service) => ({ service: connectInProcess(service), close: async () => {} }),
  REST: (service) => overRest(service, true),
  "REST through Koa": (service) => overRest(service, false),
  WebSocket: overWs,
};

describe.each(Object.entries(adapters))("access over %s", (_name, open) => {
  const suite = accessSuite(
    async (setup) => {
      const host = await createHost(hostOptions(setup));
      const served = await open(withAccess(host, setup.policy));
      return {
        host,
        service: served.service,
        async close() {
          await host.close({ drainMs: 0 });
          await served.close();
        },
      };
    },
    { timeoutMs: 80_000 },
  );
  for (const { title, run } of suite) test(title, run, 90_000);
});
