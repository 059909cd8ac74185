// The test suite of `RunEngine`.
import type { RunEngine } from "@deepaas/core/ports";
import { type Case, casesFrom, type SuiteOptions } from "../suite.ts";
import { type EngineDraft, engineCases } from "./engine-cases.ts";

export interface EngineSubject {
  /** An engine without runs, on which `process` has not been called. */
  readonly engine: RunEngine;
  close(): Promise<void>;
}

/** `make` is called once for each case. */
export function engineSuite(make: () => Promise<EngineSubject>, options: SuiteOptions<never> = {}): readonly Case[] {
  const open = async ({ run }: EngineDraft) => {
    const subject = await make();
    return { run: () => run(subject.engine), close: () => subject.close() };
  };
  return casesFrom(engineCases, open, options);
}
