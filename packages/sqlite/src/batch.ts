// The changes of one transaction. Readers see them only after the commit.
import type { BlobRef, EventChunk } from "@deepaas/core/ports";
import type { RunCache } from "./run-cache.ts";
import type { KeptRun } from "./run-table.ts";

export class Batch {
  /** A newer store has opened the file: it is the holder now, and this one must not change anything. */
  readonly superseded: boolean;
  /** Secrets were deleted. */
  erased = false;
  /** Logs of removed runs are to be deleted. */
  removed = false;
  /** Called after the commit, before readers see it. */
  tookOver: (() => void) | undefined;
  readonly freed: BlobRef[] = [];
  /** Runs whose log has changed. */
  readonly woken = new Set<string>();
  /** Models whose served version has changed. */
  readonly servedModels = new Set<string>();
  readonly #cache: RunCache;
  readonly #changed = new Map<string, KeptRun | undefined>();
  #chunks: { readonly runId: string; readonly chunk: EventChunk }[] = [];

  constructor(cache: RunCache, superseded: boolean) {
    this.#cache = cache;
    this.superseded = superseded;
  }

  find(runId: string): KeptRun | undefined {
    return this.#changed.has(runId) ? this.#changed.get(runId) : this.#cache.find(runId)?.kept;
  }

  set(kept: KeptRun): void {
    this.#changed.set(kept.run.id, kept);
  }

  append(runId: string, chunk: EventChunk): void {
    this.#chunks.push({ runId, chunk });
  }

  drop(runId: string): void {
    this.#changed.set(runId, undefined);
    // Another run may get the same id in this batch.
    this.#chunks = this.#chunks.filter((one) => one.runId !== runId);
  }

  /** After the commit: makes the changes visible to readers. */
  publish(): void {
    for (const [runId, kept] of this.#changed) {
      if (kept) this.#cache.set(kept);
      else this.#cache.drop(runId);
    }
    for (const { runId, chunk } of this.#chunks) {
      if (this.#changed.get(runId)) this.#cache.find(runId)?.ring.push(chunk);
    }
  }
}
