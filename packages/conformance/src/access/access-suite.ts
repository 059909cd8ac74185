// The test suite of a service with an access policy. Its cases about methods are made from the table of rules.
import { createControl } from "../control.ts";
import { fixtureModels } from "../fixture-models.ts";
import { type Case, casesFrom, type SuiteOptions } from "../suite.ts";
import { endedCases } from "./ended-cases.ts";
import { grantCases, unsignedGrants } from "./grant-cases.ts";
import { listCases } from "./list-cases.ts";
import { ruleCases } from "./rule-cases.ts";
import { shownCases } from "./shown-cases.ts";
import type { AccessDraft, AccessSetup, AccessSubject } from "./subject.ts";

const drafts: readonly AccessDraft[] = [...ruleCases, ...listCases, ...shownCases, ...grantCases, ...endedCases];

/** `make` is called once for each case. */
export function accessSuite(
  make: (setup: AccessSetup) => Promise<AccessSubject>,
  options: SuiteOptions<never> = {},
): readonly Case[] {
  const open = async ({ run, models, options: hostOptions = () => ({}), policy = unsignedGrants() }: AccessDraft) => {
    const control = await createControl();
    const { close, ...subject } = await make({ options: hostOptions(), models: fixtureModels(models), policy });
    return {
      run: () => run({ ...subject, control }),
      async close() {
        await close();
        await control.close();
      },
    };
  };
  return casesFrom(drafts, open, options);
}
