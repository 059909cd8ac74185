// Law 1: `connect(serve(s))` behaves as `s`. The service suite runs over every door, and over a gateway of two.
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connectRest } from "@deepaas/client";
import { hostOptions, type ServiceSetup, type ServiceSubject, serviceSuite } from "@deepaas/conformance";
import { createHost, type Host, type ModelService } from "@deepaas/core";
import { connectInProcess } from "@deepaas/in-process";
import { createServer } from "@deepaas/koa";
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

const doors: Readonly<Record<string, (host: Host) => Promise<readonly Served[]>>> = {
  "in-process": async (host) => [{ service: connectInProcess(host), close: async () => {} }],
  REST: async (host) => [await overRest(host)],
  "REST over REST": async (host) => {
    const inner = await overRest(host);
    return [inner, await overRest(inner.service)];
  },
};

describe.each(Object.entries(doors))("the service over %s", (_name, open) => {
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
  for (const { title, skip, run } of serviceSuite(make)) test.skipIf(skip)(title, run);
});
