// What a case of the executor suite gets, and what it calls with.
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
} from "@deepaas/core/ports";
import type { Control } from "../control.ts";
import type { FixtureName } from "../fixture-models.ts";
import type { TrainerArgs } from "../models/trainer.ts";
import type { CaseDraft } from "../suite.ts";
import type { ExecutorRequirementId } from "./requirements.ts";

export interface ExecutorSetup {
  /** New instances, by name; for other processes: `@deepaas/conformance/models/<name>`. */
  readonly models: Readonly<Partial<Record<FixtureName, Model>>>;
}

export interface ExecutorSubject {
  /** Not warmed. */
  readonly executor: Executor;
  close(): Promise<void>;
}

export type ExecutorCapability =
  /** It can end work that takes no notice of its signal. */
  | "kill"
  /** Models run in processes of their own, which may die. */
  | "processes";

export interface ExecutorTest {
  readonly executor: Executor;
  readonly control: Control;
  /** With these weights, by model. */
  warm(published?: Readonly<Record<string, string>>): ReturnType<Executor["warm"]>;
}

export interface ExecutorDraft extends CaseDraft<ExecutorRequirementId, ExecutorCapability> {
  readonly models: readonly FixtureName[];
  run(test: ExecutorTest): Promise<void>;
}

export const bytes = (text: string) => new TextEncoder().encode(text);
export const file = (text: string): ModelFile => modelFile(bytes(text));

export function callWith(signal: AbortSignal = new AbortController().signal): ExecutorCall {
  return { requestId: "request", signal, caller: undefined, traceparent: undefined };
}

export function batchCallOf(callers: ExecutorBatchCall["callers"]): ExecutorBatchCall {
  return { requestId: "request", signal: new AbortController().signal, callers, traceparent: undefined };
}

/** The value of an outcome that is ok. */
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
    ...more,
  };
}

interface Said {
  readonly said: unknown[];
  readonly call: TrainCall;
}

/** A call that keeps what the training says, in order. */
export function listener(options: Partial<Pick<TrainCall, "signal" | "graceMs" | "checkpoint">> = {}): Said {
  const said: unknown[] = [];
  const call: TrainCall = {
    graceMs: 5_000,
    signal: new AbortController().signal,
    // In the wire form, where metrics that are not finite are strings: an executor may pass either form.
    report: (progress) => void said.push({ report: progressFrom(progress) }),
    log: (text, level = "info") => void said.push({ log: text, level }),
    checkpoint: async ({ step, data, file: source }) => {
      said.push({ checkpoint: step, data, file: source && (await modelFile(source).text()) });
    },
    artifact: async (name, source, { contentType } = {}) => {
      said.push({ artifact: name, text: await modelFile(source).text(), contentType });
    },
    publish: async (source, options = {}) => {
      checkPublishOptions(options);
      said.push({ published: await modelFile(source).text() });
    },
    ...options,
  };
  return { said, call };
}
