// Law 1: `connect(serve(s))` behaves as `s`. The service suite runs over every adapter, and over a gateway of two.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connectRest, connectWs } from "@deepaas/client";
import { accessSuite, hostOptions, type ServiceSetup, type ServiceSubject, serviceSuite } from "@deepaas/conformance";
import { type Caller, createHost, type Host, type ModelService, withAccess } from "@deepaas/core";
import { connectInProcess } from "@deepaas/in-process";
import { createServer, type ServerOptions } from "@deepaas/koa";
import { type AttachWsOptions, attachWs } from "@deepaas/ws/node";
import { describe, test } from "vitest";
import { servicePerCaller } from "./support/service-per-caller.ts";

interface Served {
  readonly service: ModelService;
  close(): Promise<void>;
}

async function overRest(
  service: ModelService,
  options: ServerOptions = {},
): Promise<Served & { readonly url: string }> {
  const server = createServer(service, options);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    service: connectRest(url),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function attachedWs(service: ModelService, options: AttachWsOptions = {}) {
  const server = createHttpServer();
  const attached = attachWs(server, service, options);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      await attached.close({ drainMs: 0 });
      server.close();
      await once(server, "close");
    },
  };
}

async function overWs(service: ModelService): Promise<Served> {
  const { url, close } = await attachedWs(service);
  const client = connectWs(url);
  return {
    service: client,
    async close() {
      client.close();
      await close();
    },
  };
}

const callers = new Map<string, Caller>();

/** Returns a token for a caller, with which the servers of these tests find it: its signal cannot be sent. */
function tokenOf(caller: Caller): string {
  const token = `token-${callers.size}`;
  callers.set(token, caller);
  return token;
}

const authenticate = (_request: unknown, token = "") => callers.get(token);

/** Calls without a caller use a server that does not authenticate. */
async function overRestPerCaller(service: ModelService, options: ServerOptions = {}): Promise<Served> {
  const servers = [await overRest(service, options), await overRest(service, { ...options, authenticate })] as const;
  const [open, { url }] = servers;
  const clients = servicePerCaller((caller) => {
    const headers = caller && { Authorization: `Bearer ${tokenOf(caller)}` };
    return { ...connectRest(caller ? url : open.url, headers ? { headers } : {}), close() {} };
  });
  return {
    service: clients.service,
    async close() {
      for (const server of servers) await server.close();
    },
  };
}

/** Calls without a caller use a server that does not authenticate. */
async function overWsPerCaller(service: ModelService): Promise<Served> {
  const open = await attachedWs(service);
  const authenticating = await attachedWs(service, { authenticate });
  const clients = servicePerCaller((caller) => {
    if (!caller) return connectWs(open.url);
    return connectWs(authenticating.url, { token: tokenOf(caller) });
  });
  return {
    service: clients.service,
    async close() {
      clients.close();
      for (const server of [open, authenticating]) await server.close();
    },
  };
}

const adapters: Readonly<Record<string, (host: Host) => Promise<readonly Served[]>>> = {
  "in-process": async (host) => [{ service: connectInProcess(host), close: async () => {} }],
  REST: async (host) => [await overRest(host)],
  "REST through Koa": async (host) => [await overRest(host, { directPredict: false })],
  "REST over REST": async (host) => {
    const inner = await overRest(host);
    return [inner, await overRest(inner.service)];
  },
  WebSocket: async (host) => [await overWs(host)],
  "WebSocket over WebSocket": async (host) => {
    const inner = await overWs(host);
    return [inner, await overWs(inner.service)];
  },
  "REST over WebSocket": async (host) => {
    const inner = await overWs(host);
    return [inner, await overRest(inner.service)];
  },
};

describe.each(Object.entries(adapters))("the service over %s", (name, open) => {
  const make = async (setup: ServiceSetup): Promise<ServiceSubject> => {
    const host = await createHost(hostOptions(setup));
    const served = await open(host);
    return {
      service: (served.at(-1) as Served).service,
      shutDown: () => host.close(),
      async close() {
        await host.close({ drainMs: 0 });
        for (const one of served.toReversed()) await one.close();
      },
    };
  };
  // A limit against hanging, not a measurement: a slow machine under load must pass.
  const lacks = name === "in-process" ? {} : { callers: "a caller is not sent: the server authenticates it" };
  const suite = serviceSuite(make, { timeoutMs: 80_000, lacks });
  for (const { title, skip, run } of suite) if (skip === undefined) test(title, run, 90_000);
});

const perCaller = {
  "REST with the token of each caller": overRestPerCaller,
  "a WebSocket connection for each caller": overWsPerCaller,
};

describe.each(Object.entries(perCaller))("the service over %s", (_name, open) => {
  const cases: readonly string[] = ["call.caller", "batch.callers", "run.owner", "train.per-caller"];
  const make = async (setup: ServiceSetup): Promise<ServiceSubject> => {
    const host = await createHost(hostOptions(setup));
    const { service, close } = await open(host);
    return {
      service,
      shutDown: () => host.close(),
      async close() {
        await host.close({ drainMs: 0 });
        await close();
      },
    };
  };
  const suite = serviceSuite(make, { timeoutMs: 80_000 });
  for (const { title, cites, run } of suite) if (cites.some((id) => cases.includes(id))) test(title, run, 90_000);
});

const guardedAdapters: Readonly<Record<string, (service: ModelService) => Promise<Served>>> = {
  "in-process": async (service) => ({ service: connectInProcess(service), close: async () => {} }),
  REST: overRestPerCaller,
  "REST through Koa": (service) => overRestPerCaller(service, { directPredict: false }),
  WebSocket: overWsPerCaller,
};

describe.each(Object.entries(guardedAdapters))("access over %s", (_name, open) => {
  const suite = accessSuite(
    async (setup) => {
      const host = await createHost(hostOptions(setup));
      const { service, close } = await open(withAccess(host, setup.policy));
      return {
        host,
        service,
        async close() {
          await host.close({ drainMs: 0 });
          await close();
        },
      };
    },
    { timeoutMs: 80_000 },
  );
  for (const { title, skip, run } of suite) if (skip === undefined) test(title, run, 90_000);
});
