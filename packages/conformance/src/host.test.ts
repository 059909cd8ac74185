// biome-ignore-all lint/style/noRestrictedImports: the example shows the import of a user
// The service suite over the host, with the inline executor and all ports in memory.

import { hostOptions, serviceRequirements, serviceSuite, uncited } from "@deepaas/conformance";
import { createHost } from "@deepaas/core";
import { expect, test } from "vitest";

// #region service
const suite = serviceSuite(async (setup) => {
  const host = await createHost(hostOptions(setup));
  // The test of an adapter serves the host here and returns its client as `service`.
  return { service: host, shutDown: () => host.close(), close: () => host.close({ drainMs: 0 }) };
});
// #endregion service

for (const { title, run } of suite) test(title, run);

test("every requirement of a service is cited", () => {
  expect(uncited(suite, serviceRequirements)).toEqual([]);
});
