// The newest events of a run that is being written: its watchers read no database and share the events.
import type { EventChunk } from "./event-chunk.ts";

/** Characters of text; the parsed events take a multiple of it. The newest chunk is always kept. */
const maxBytes = 256 * 1024;

export class EventRing {
  #chunks: EventChunk[] = [];
  #start = 0;
  #bytes = 0;

  push(chunk: EventChunk): void {
    this.#chunks.push(chunk);
    this.#bytes += chunk.bytes;
    while (this.#bytes > maxBytes && this.#start < this.#chunks.length - 1) {
      this.#bytes -= (this.#chunks[this.#start] as EventChunk).bytes;
      this.#start++;
    }
    // Copy the array only once in a while, not for each dropped chunk.
    if (this.#start > 64 && this.#start * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#start);
      this.#start = 0;
    }
  }

  /** Returns the chunks from the one with `after + 1` on. */
  *chunksAfter(after: number): Generator<EventChunk, void, undefined> {
    let [low, high] = [this.#start, this.#chunks.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#chunks[middle] as EventChunk).last > after) high = middle;
      else low = middle + 1;
    }
    for (let i = low; i < this.#chunks.length; i++) yield this.#chunks[i] as EventChunk;
  }

  /** True if the event after `after` is in the ring. */
  has(after: number): boolean {
    const oldest = this.#chunks[this.#start];
    return oldest !== undefined && after >= oldest.last - oldest.events.length;
  }
}
