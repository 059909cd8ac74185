// The access suite over a policy in front of a host, alone and behind a simulated network.
import { createHost, withAccess } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { accessSuite } from "./access/access-suite.ts";
import { accessRequirements } from "./access/requirements.ts";
import { hostOptions } from "./service/subject.ts";
import { uncited } from "./suite.ts";
import { remoteService } from "./testing/remote-service.ts";

const services = {
  "a host": withAccess,
  "a remote host": (...given: Parameters<typeof withAccess>) => remoteService(withAccess(...given)),
};

describe.each(Object.entries(services))("access to %s", (_name, guarded) => {
  const suite = accessSuite(async (setup) => {
    const host = await createHost(hostOptions(setup));
    return { host, service: guarded(host, setup.policy), close: () => host.close({ drainMs: 0 }) };
  });
  for (const { title, run } of suite) test(title, run);

  test("every requirement of access is cited", () => {
    expect(uncited(suite, accessRequirements)).toEqual([]);
  });
});
