// Law 1: `connect(serve(s))` behaves as `s`. The service suite runs over every adapter, and over a gateway of two.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import type { AddressInfo } from "node:net";
import { connectRest, connectWs } from "@deepaas/client";
import { hostOptions, type ServiceSetup, type ServiceSubject, serviceSuite } from "@deepaas/conformance";
import { createHost, type Host, type ModelService } from "@deepaas/core";
import { connectInProcess } from "@deepaas/in-process";
import { createServer } from "@deepaas/koa";
import { attachWs } from "@deepaas/ws/node";
import { describe, test } from "vitest";

interface Served {
  readonly service: ModelService;
  close(): Promise<void>;
}

async function overRest(service: ModelService): Promise<Served> {
  const server = createServer(service, {});
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    service: connectRest(`http://127.0.0.1:${port}`),
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

async function overWs(service: ModelService): Promise<Served> {
  const server = createHttpServer();
  const attached = attachWs(server, service);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = connectWs(`http://127.0.0.1:${port}`);
  return {
    service: client,
    async close() {
      client.close();
      await attached.close({ drainMs: 0 });
      server.close();
      await once(server, "close");
    },
  };
}

const adapters: Readonly<Record<string, (host: Host) => Promise<readonly Served[]>>> = {
  "in-process": async (host) => [{ service: connectInProcess(host), close: async () => {} }],
  REST: async (host) => [await overRest(host)],
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
