// The newest events of a run that is being written, so that its watchers read no file and share their events.
import type { Chunk } from "./event-chunk.ts";

/** Of text; the events take a few times as much. The newest chunk is held whatever its size. */
const maxBytes = 256 * 1024;

export class EventRing {
  #chunks: Chunk[] = [];
  #start = 0;
  #bytes = 0;

  push(chunk: Chunk): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes;
    while (this.#bytes > maxBytes && this.#start < this.#chunks.length - 1) {
      this.#bytes -= (this.#chunks[this.#start] as Chunk).bytes;
      this.#start++;
    }
    // Cut the array only now and then, so that dropping one chunk costs no copy of all others.
    if (this.#start > 64 && this.#start * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#start);
      this.#start = 0;
    }
  }

  /** The chunks from the one with `after + 1` on. */
  *chunksAfter(after: number): Generator<Chunk, void, undefined> {
    let [low, high] = [this.#start, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#chunks[middle] as Chunk).last > after) high = middle;
      else low = middle + 1;
    }
    for (let i = low; i < this.#chunks.length; i++) yield this.#chunks[i] as Chunk;
  }

  /** Whether the event after `after` is held. */
  has(after: number): boolean {
    const oldest = this.#chunks[this.#start];
    return oldest !== undefined && after >= oldest.last - oldest.events.length;
  }
}
