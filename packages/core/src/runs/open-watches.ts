// The watches that are open, and how far each of them has read.
import type { WatcherStats } from "../contract/service-stats.ts";
import type { RunStore } from "../ports/run-store.ts";

/** How far one watch has read. The watch keeps it up to date. */
export interface OpenWatch {
  readonly runId: string;
  /** The `seq` of the last event that its reader has. */
  cursor: number;
  /** It has not begun to read, or has read the whole log and waits for the next event. */
  idle: boolean;
}

export class OpenWatches {
  readonly #open = new Set<OpenWatch>();

  add(runId: string): OpenWatch {
    const watch = { runId, cursor: 0, idle: true };
    this.#open.add(watch);
    return watch;
  }

  delete(watch: OpenWatch): void {
    this.#open.delete(watch);
  }

  /** Reads the record of each run whose log a watch has not read completely. */
  async stats(store: RunStore): Promise<WatcherStats> {
    const cursors = new Map<string, number>();
    for (const { runId, cursor, idle } of this.#open) {
      if (!idle) cursors.set(runId, Math.min(cursor, cursors.get(runId) ?? cursor));
    }
    const behind = await Promise.all(
      [...cursors].map(async ([runId, cursor]) => ((await store.get(runId))?.lastSeq ?? cursor) - cursor),
    );
    return { count: this.#open.size, mostBehind: Math.max(0, ...behind) };
  }
}
