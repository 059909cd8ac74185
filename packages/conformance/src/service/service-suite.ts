// The test suite of `ModelService`.
import { createControl } from "../control.ts";
import { fixtureModels } from "../fixture-models.ts";
import { type Case, casesFrom, type SuiteOptions } from "../suite.ts";
import { argumentCases } from "./argument-cases.ts";
import { artifactCases } from "./artifact-cases.ts";
import { batchCases } from "./batch-cases.ts";
import { callCases } from "./call-cases.ts";
import { callerCases } from "./caller-cases.ts";
import { cancelCases } from "./cancel-cases.ts";
import { listCases } from "./list-cases.ts";
import { lostCases } from "./lost-cases.ts";
import { metricsCases } from "./metrics-cases.ts";
import { modelCases } from "./model-cases.ts";
import { progressCases } from "./progress-cases.ts";
import { resultCases } from "./result-cases.ts";
import { shutDownCases } from "./shut-down-cases.ts";
import { statsCases } from "./stats-cases.ts";
import { statusCases } from "./status-cases.ts";
import { storeFaultCases } from "./store-fault-cases.ts";
import { streamCases } from "./stream-cases.ts";
import type { ServiceCapability, ServiceDraft, ServiceSetup, ServiceSubject } from "./subject.ts";
import { trainCases } from "./train-cases.ts";
import { valueCases } from "./value-cases.ts";
import { versionCases } from "./version-cases.ts";
import { watchCases } from "./watch-cases.ts";
import { watchRaceCases } from "./watch-race-cases.ts";

const drafts: readonly ServiceDraft[] = [
  ...modelCases,
  ...statusCases,
  ...statsCases,
  ...argumentCases,
  ...resultCases,
  ...valueCases,
  ...callCases,
  ...callerCases,
  ...batchCases,
  ...streamCases,
  ...trainCases,
  ...progressCases,
  ...watchCases,
  ...watchRaceCases,
  ...metricsCases,
  ...cancelCases,
  ...lostCases,
  ...shutDownCases,
  ...storeFaultCases,
  ...artifactCases,
  ...listCases,
  ...versionCases,
];

/** `make` is called once for each case, and again for each restart in it. */
export function serviceSuite(
  make: (setup: ServiceSetup) => Promise<ServiceSubject>,
  options: SuiteOptions<ServiceCapability> = {},
): readonly Case[] {
  const open = async (draft: ServiceDraft) => {
    const {
      run,
      options: hostOptions = {},
      ...rest
    } = "prepare" in draft ? draft.prepare() : { run: draft.run, options: draft.options };
    const control = await createControl();
    const subjects: ServiceSubject[] = [];
    const start = async () => {
      const subject = await make({ ...rest, options: hostOptions, models: fixtureModels(draft.models) });
      subjects.push(subject);
      return subject;
    };
    const first = await start();
    const test = { service: first.service, control, shutDown: () => first.shutDown(), startAgain: start };
    const close = async () => {
      for (const subject of subjects) await subject.close();
      await control.close();
    };
    return { run: () => run(test), close };
  };
  return casesFrom(drafts, open, options);
}
