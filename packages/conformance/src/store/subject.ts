// What a case of the store suite gets, and short ways to fill a store.
import type { RunEvent, RunFact } from "@deepaas/core";
import type { BlobRef, Claim, LogAppend, NewRun, RunStore } from "@deepaas/core/ports";
import type { CaseDraft } from "../suite.ts";
import type { StoreRequirementId } from "./requirements.ts";

export interface StoreSubject {
  /** Opened by a holder already, and empty. */
  readonly store: RunStore;
  /** The holder dies without a word, and another one opens the same records: gives its store, and what `open` gave. */
  reopen?(): Promise<{ readonly store: RunStore; readonly left: Awaited<ReturnType<RunStore["open"]>> }>;
  close(): Promise<void>;
}

export interface StoreSetup {
  /** Events to hold for each run; undefined: at least 100,000. */
  readonly keepEvents: number | undefined;
  /** For each `Holder` that opens the store, as is `inline`. */
  readonly free: (blob: BlobRef) => void;
  readonly inline: boolean;
}

export type StoreCapability =
  /** It can hold fewer events than there were. */
  | "trim"
  /** Its records can be opened again after their holder died. */
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
  /** The ids of the blobs that the store has freed so far, in order. */
  readonly freed: readonly string[];
}

export function newRun(id: string, more: Partial<NewRun> = {}): NewRun {
  return { id, model: "m", args: { a: 1 }, private: { secrets: {}, files: {} }, fingerprint: "f", ...more };
}

export const blob = (id: string): BlobRef => ({ id, size: id.length, contentType: "text/plain" });

export const fact = (one: RunFact): readonly LogAppend[] => [{ fact: one }];

export const line = (text: string): readonly LogAppend[] => fact({ type: "log", level: "info", text });

export const succeeded = fact({ type: "succeeded", result: null });
export const cancelled = fact({ type: "cancelled" });
export const stopping = fact({ type: "stopping" });
export const lost = (counted = true): readonly LogAppend[] => [{ fact: { type: "lost", reason: "gone" }, counted }];

/** Creates and claims. */
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
