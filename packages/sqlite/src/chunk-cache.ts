// Recently read rows of the log: watchers that replay the same run share events that were parsed once.
import type { Chunk } from "./event-chunk.ts";

/** Characters of text; the parsed events take a multiple of it. */
const maxBytes = 8 * 1024 * 1024;

export class ChunkCache {
  readonly #chunks = new Map<number, Map<number, Chunk>>();
  readonly #order = new Map<Chunk, number>();
  #bytes = 0;

  get(run: number, last: number): Chunk | undefined {
    return this.#chunks.get(run)?.get(last);
  }

  add(run: number, chunk: Chunk): void {
    const ofRun = this.#chunks.get(run) ?? new Map<number, Chunk>();
    this.#chunks.set(run, ofRun);
    ofRun.set(chunk.last, chunk);
    this.#order.set(chunk, run);
    this.#bytes += chunk.bytes;
    for (const [oldest, itsRun] of this.#order) {
      if (this.#bytes <= maxBytes || oldest === chunk) break;
      this.#drop(oldest, itsRun);
    }
  }

  #drop(chunk: Chunk, run: number): void {
    this.#order.delete(chunk);
    this.#bytes -= chunk.bytes;
    const ofRun = this.#chunks.get(run);
    ofRun?.delete(chunk.last);
    if (ofRun?.size === 0) this.#chunks.delete(run);
  }
}
