// Collects small pieces and writes them in large chunks. The next chunk waits for the one before: memory stays bounded.

const chunkBytes = 65_536;
/** A piece that arrives after this time is written at once, so that a reader of a pipe sees slow events as they come. */
const maxAgeMs = 200;

export class ChunkWriter {
  readonly #put: (chunk: Uint8Array) => Promise<void>;
  #pieces: Uint8Array[] = [];
  #size = 0;
  #writtenAt = performance.now();

  /** `put` writes a whole chunk. */
  constructor(put: (chunk: Uint8Array) => Promise<void>) {
    this.#put = put;
  }

  /** Returns a promise if a chunk is written; await it before the next piece. */
  write(piece: Uint8Array | string): Promise<void> | undefined {
    const bytes = typeof piece === "string" ? Buffer.from(piece) : piece;
    this.#pieces.push(bytes);
    this.#size += bytes.length;
    const isDue = this.#size >= chunkBytes || performance.now() - this.#writtenAt > maxAgeMs;
    return isDue ? this.flush() : undefined;
  }

  /** Writes what is collected. */
  async flush(): Promise<void> {
    const chunk = Buffer.concat(this.#pieces);
    this.#pieces = [];
    this.#size = 0;
    if (chunk.length > 0) await this.#put(chunk);
    this.#writtenAt = performance.now();
  }
}
