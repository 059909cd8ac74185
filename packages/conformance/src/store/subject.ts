// What a case of the store suite receives, and helpers that fill a store.
import type { RunEvent, RunFact } from "@deepaas/core";
import type { BlobRef, Claim, LogAppend, NewRun, NewVersion, RunStore } from "@deepaas/core/ports";
import type { CaseDraft } from "../suite.ts";
import type { StoreRequirementId } from "./requirements.ts";

export interface StoreSubject {
  /** Empty, and opened by a holder. */
  readonly store: RunStore;
  /** Opens the same records for another holder, as after a crash of the first. Returns its store and the result of `open`. */
  reopen?(): Promise<{ readonly store: RunStore; readonly pending: Awaited<ReturnType<RunStore["open"]>> }>;
  close(): Promise<void>;
}

export interface StoreSetup {
  /** Number of events to hold for each run. Undefined: at least 100,000. */
  readonly keepEvents: number | undefined;
  /** `free` and `inline` are members of each `Holder` that opens the store. */
  readonly free: (blob: BlobRef) => void;
  readonly inline: boolean;
}

export type StoreCapability =
  /** It can trim a log to `keepEvents`. */
  | "trim"
  /** Its records can be opened again after a crash. */
  | "reopen";

export interface StoreDraft extends CaseDraft<StoreRequirementId, StoreCapability> {
  readonly keepEvents?: number;
  /** Default false. */
  readonly inline?: boolean;
  run(test: StoreTest): Promise<void>;
}

export interface StoreTest {
  readonly store: RunStore;
  reopen: NonNullable<StoreSubject["reopen"]>;
  /** The ids of the blobs that the store has freed, in order. */
  readonly freed: readonly string[];
}

export function newRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return { id, model: "m", args: { a: 1 }, private: { secrets: {}, files: {} }, fingerprint: "f", ...more };
}

export const traceparent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

export const blob = (id: string): BlobRef => ({ id, size: id.length, contentType: "text/plain" });

/** Weights of the model `m` in this file. */
export const version = (id: string): NewVersion => ({ model: "m", metrics: {}, blob: blob(id) });

export const fact = (one: RunFact): readonly LogAppend[] => [{ fact: one }];

export const line = (text: string): readonly LogAppend[] => fact({ type: "log", level: "info", text });

export const succeeded = fact({ type: "succeeded", result: null });
export const cancelled = fact({ type: "cancelled" });
export const stopping = fact({ type: "stopping" });
export const lost = (counted = true): readonly LogAppend[] => [{ fact: { type: "lost", reason: "crashed" }, counted }];

/** Creates a run and claims it. */
export async function running(store: RunStore, id: string, more: Partial<NewRun> = {}): Promise<Claim> {
  await store.create(newRun(id, more));
  return claimed(store, id);
}

export async function claimed(store: RunStore, id: string): Promise<Claim> {
  const claim = await store.claim(id);
  if (!claim) throw new Error(`The run ${id} cannot be claimed.`);
  return claim;
}

export function log(store: RunStore, id: string): Promise<readonly RunEvent[]> {
  return store.read(id, 0, 100_000);
}
