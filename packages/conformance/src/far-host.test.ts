// The service suite over a host that is far away: what the cases ask must hold for a client as well.
import { createHost } from "@deepaas/core";
import { test } from "vitest";
import { serviceSuite } from "./service/service-suite.ts";
import { hostOptions } from "./service/subject.ts";
import { farService } from "./testing/far-service.ts";

const suite = serviceSuite(async (setup) => {
  const host = await createHost(hostOptions(setup));
  return { service: farService(host), shutDown: () => host.close(), close: () => host.close({ drainMs: 0 }) };
});

for (const { title, run } of suite) test(title, run);
