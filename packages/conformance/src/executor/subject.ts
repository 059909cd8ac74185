// What a case of the executor suite receives, and helpers that make the arguments of its calls.
import type { Model } from "@deepaas/core";
import { type ModelFile, modelFile } from "@deepaas/core";
import {
  checkPublishOptions,
  type Executor,
  type ExecutorBatchCall,
  type ExecutorCall,
  type Outcome,
  progressFrom,
  type TrainCall,
  type TrainJob,
  type VersionFile,
} from "@deepaas/core/ports";
import type { Control } from "../control.ts";
import type { FixtureName } from "../fixture-models.ts";
import type { TrainerArgs } from "../models/trainer.ts";
import type { CaseDraft } from "../suite.ts";
import type { ExecutorRequirementId } from "./requirements.ts";

export interface ExecutorSetup {
  /**
   * New instances by name. Another process imports `@deepaas/conformance/models/<name>`, or in Python
   * `conformance_models.<name>:Model` of the folder `@deepaas/conformance/python`.
   */
  readonly models: Readonly<Partial<Record<FixtureName, Model>>>;
}

export interface ExecutorSubject {
  /** Not warmed yet. */
  readonly executor: Executor;
  close(): Promise<void>;
}

export type ExecutorCapability =
  /** It can kill work that ignores its signal. */
  | "kill"
  /** Models run in other processes, which may crash. */
  | "processes"
  /** It loads the code of the models anew. */
  | "reload"
  /** The models are those in TypeScript: they receive a context, and throw a `DeepaasError`. */
  | "context";

export interface ExecutorTest {
  readonly executor: Executor;
  readonly control: Control;
  /** Warms the executor with these weights by model, as version 1. */
  warm(published?: Readonly<Record<string, string>>): ReturnType<Executor["warm"]>;
}

export interface ExecutorDraft extends CaseDraft<ExecutorRequirementId, ExecutorCapability> {
  readonly models: readonly FixtureName[];
  run(test: ExecutorTest): Promise<void>;
}

export const bytes = (text: string) => new TextEncoder().encode(text);
export const file = (text: string): ModelFile => modelFile(bytes(text));

export const versionFile = (version: number, text: string): VersionFile => ({ version, file: file(text) });

export function callWith(signal: AbortSignal = new AbortController().signal): ExecutorCall {
  return { requestId: "request", signal, caller: undefined, traceparent: undefined };
}

export function batchCallOf(callers: ExecutorBatchCall["callers"]): ExecutorBatchCall {
  return { requestId: "request", signal: new AbortController().signal, callers, traceparent: undefined };
}

/** Returns the value of an outcome. Throws if it is not ok. */
export function valueIn(outcome: Outcome | undefined): unknown {
  if (outcome?.ok) return outcome.value;
  throw new Error(`Not ok: ${JSON.stringify(outcome?.error)}`);
}

export function codeIn(outcome: Outcome | undefined): string {
  return outcome?.ok === false ? outcome.error.code : `ok: ${JSON.stringify(outcome)}`;
}

export function job(args: TrainerArgs | object = {}, more: Partial<TrainJob> = {}): TrainJob {
  return {
    runId: "run",
    model: "trainer",
    args: { ...args },
    caller: undefined,
    attempt: 1,
    resumeFrom: undefined,
    traceparent: undefined,
    ...more,
  };
}

interface Recorder {
  readonly recorded: unknown[];
  readonly call: TrainCall;
}

/** Returns a call that records what the training passes to it, in order. */
export function recorder(options: Partial<Pick<TrainCall, "signal" | "graceMs" | "checkpoint">> = {}): Recorder {
  const recorded: unknown[] = [];
  const call: TrainCall = {
    graceMs: 5_000,
    signal: new AbortController().signal,
    // An executor may pass non-finite metrics as numbers or as strings: both are recorded as strings.
    report: (progress) => void recorded.push({ report: progressFrom(progress) }),
    log: (text, level = "info") => void recorded.push({ log: text, level }),
    checkpoint: async ({ step, data, file: source }) => {
      recorded.push({ checkpoint: step, data, file: source && (await modelFile(source).text()) });
    },
    artifact: async (name, source, { contentType } = {}) => {
      recorded.push({ artifact: name, text: await modelFile(source).text(), contentType });
    },
    publish: async (source, options = {}) => {
      checkPublishOptions(options);
      recorded.push({ published: await modelFile(source).text() });
    },
    ...options,
  };
  return { recorded, call };
}
