// The service suite over a host behind a simulated network: the cases must also hold for clients.
import { createHost } from "@deepaas/core";
import { test } from "vitest";
import { serviceSuite } from "./service/service-suite.ts";
import { hostOptions } from "./service/subject.ts";
import { remoteService } from "./testing/remote-service.ts";

const suite = serviceSuite(async (setup) => {
  const host = await createHost(hostOptions(setup));
  return { service: remoteService(host), shutDown: () => host.close(), close: () => host.close({ drainMs: 0 }) };
});

for (const { title, run } of suite) test(title, run);
