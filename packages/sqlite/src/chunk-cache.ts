// Recently read rows of the log: watchers that replay the same run share events that were parsed once.
import type { EventChunk } from "@deepaas/core/ports";

/** Characters of text in each of the two generations; the parsed events take a multiple of it. */
const maxBytes = 4 * 1024 * 1024;

type Generation = Map<number, Map<number, EventChunk>>;

/** When the newer generation is full it becomes the older one, which is dropped: no row has to be looked for. */
export class ChunkCache {
  #newer: Generation = new Map();
  #older: Generation = new Map();
  /** Of the newer generation. */
  #bytes = 0;

  get(run: number, last: number): EventChunk | undefined {
    return this.#newer.get(run)?.get(last) ?? this.#older.get(run)?.get(last);
  }

  add(run: number, chunk: EventChunk): void {
    if (this.#bytes > 0 && this.#bytes + chunk.bytes > maxBytes) {
      this.#older = this.#newer;
      this.#newer = new Map();
      this.#bytes = 0;
    }
    const ofRun = this.#newer.get(run) ?? new Map<number, EventChunk>();
    this.#newer.set(run, ofRun);
    ofRun.set(chunk.last, chunk);
    this.#bytes += chunk.bytes;
  }
}
