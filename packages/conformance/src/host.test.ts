// biome-ignore-all lint/style/noRestrictedImports: this is how a user of the package imports it
// The service suite over the host itself: inline executor, everything in memory.

import { hostOptions, serviceRequirements, serviceSuite, uncited } from "@deepaas/conformance";
import { createHost } from "@deepaas/core";
import { expect, test } from "vitest";

// #region service
const suite = serviceSuite(async (setup) => {
  const host = await createHost(hostOptions(setup));
  // A door's test serves the host here, and gives its client as the service.
  return { service: host, shutDown: () => host.close(), close: () => host.close({ drainMs: 0 }) };
});
// #endregion service

for (const { title, run } of suite) test(title, run);

test("every requirement of a service is cited", () => {
  expect(uncited(suite, serviceRequirements)).toEqual([]);
});
