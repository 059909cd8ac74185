// Recently used runs, with the newest events of those being written: an append reads and parses nothing.
import { EventRing } from "@deepaas/core/ports";
import type { KeptRun, RunTable } from "./run-table.ts";

/** Number of cached runs that are not held. Held runs are few and always cached. */
const maxIdle = 32;

export interface CachedRun {
  kept: KeptRun;
  readonly ring: EventRing;
}

export class RunCache {
  readonly #table: RunTable;
  readonly #runs = new Map<string, CachedRun>();
  /** False after another store has opened the file: the cache may be outdated. */
  #ours = true;

  constructor(table: RunTable) {
    this.#table = table;
  }

  find(id: string): CachedRun | undefined {
    const there = this.#runs.get(id);
    if (there) return there;
    const kept = this.#table.find(id);
    return kept && this.#add(kept);
  }

  /** Call it after a commit. */
  set(kept: KeptRun): CachedRun {
    const there = this.#runs.get(kept.run.id);
    if (there?.kept.number !== kept.number) return this.#add(kept);
    there.kept = kept;
    // Deleted last: its watchers are about to read the run that was written last.
    this.#runs.delete(kept.run.id);
    this.#runs.set(kept.run.id, there);
    return there;
  }

  drop(id: string): void {
    this.#runs.delete(id);
  }

  own(): void {
    this.#ours = true;
  }

  disown(): void {
    this.#ours = false;
    this.#runs.clear();
  }

  #add(kept: KeptRun): CachedRun {
    const cached = { kept, ring: new EventRing() };
    if (!this.#ours) return cached;
    this.#runs.set(kept.run.id, cached);
    if (this.#runs.size > maxIdle) {
      for (const [id, one] of this.#runs) {
        if (one.kept.held || one === cached) continue;
        this.#runs.delete(id);
        break;
      }
    }
    return cached;
  }
}
