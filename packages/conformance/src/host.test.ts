// The service suite over the host itself: inline executor, everything in memory.
import { createHost } from "@deepaas/core";
import { expect, test } from "vitest";
import { serviceRequirements } from "./service/requirements.ts";
import { serviceSuite } from "./service/service-suite.ts";
import { hostOptions } from "./service/subject.ts";
import { uncited } from "./suite.ts";

const suite = serviceSuite(async (setup) => {
  const host = await createHost(hostOptions(setup));
  return { service: host, shutDown: () => host.close(), close: () => host.close({ drainMs: 0 }) };
});

for (const { title, run } of suite) test(title, run);

test("every requirement of a service is cited", () => {
  expect(uncited(suite, serviceRequirements)).toEqual([]);
});
