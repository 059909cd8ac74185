// Grants: who signs what. What their scope allows is part of the cases of the rules.
import assert from "node:assert/strict";
import type { AccessPolicy, GrantRequest } from "@deepaas/core";
import { rejection } from "../expect.ts";
import { endedRun } from "./rule-cases.ts";
import type { AccessDraft } from "./subject.ts";

/** Signs grants with a token that has what was signed. */
export function unsignedGrants(): AccessPolicy {
  const sign = (request: GrantRequest) => ({ token: JSON.stringify(request), expiresAt: "2030-01-31T12:00:00.000Z" });
  return { grants: { sign } };
}

export const grantCases: readonly AccessDraft[] = [
  {
    title: "a grant is signed for the run, its caller and the time",
    cites: ["access.grant"],
    models: ["trainer"],
    async run(test) {
      const run = await endedRun(test, "bob");
      for (const seconds of [1, 604_800]) {
        const caller = { id: "ann", scopes: ["read:all@trainer"] };
        const { token, expiresAt } = await test.service.grant(run, { seconds, caller });
        assert.deepEqual(JSON.parse(token), { run, caller: "ann", seconds });
        assert.equal(expiresAt, "2030-01-31T12:00:00.000Z");
      }
    },
  },
  {
    title: "a grant for no time, part of a second or more than a week is invalid",
    cites: ["access.grant.invalid"],
    models: ["trainer"],
    async run(test) {
      const run = await endedRun(test, "ann");
      for (const seconds of [0, -1, 1.5, 604_801, 1e300]) {
        const call = test.service.grant(run, { seconds, caller: { id: "ann", scopes: ["read"] } });
        const { issues } = await rejection(call, "invalid_args");
        assert.deepEqual(
          issues?.map(({ pointer }) => pointer),
          ["/seconds"],
        );
      }
    },
  },
  {
    title: "a policy without a signer makes no grants, and says so only to whoever may read the run",
    cites: ["access.grant.none"],
    models: ["trainer"],
    policy: {},
    async run(test) {
      const run = await endedRun(test, "ann");
      const call = (id: string) => test.service.grant(run, { seconds: 60, caller: { id, scopes: ["read"] } });
      await rejection(call("ann"), "not_implemented");
      await rejection(call("bob"), "not_found");
    },
  },
];
