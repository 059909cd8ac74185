// A text larger than a frame is sent in several binary frames.
import { frameKinds, toBinaryFrame } from "./binary-frame.ts";
import { maxFrameBytes, partBytes } from "./rpc-limits.ts";
import { BadMessage } from "./rpc-socket.ts";

/** Returns the binary frames of `text`, or undefined if it fits into one text frame. */
export function framesOfLong(text: string, id: () => number): Uint8Array<ArrayBuffer>[] | undefined {
  // A UTF-16 code unit has at most three bytes in UTF-8.
  if (text.length * 3 <= maxFrameBytes) return undefined;
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxFrameBytes) return undefined;
  const frames: Uint8Array<ArrayBuffer>[] = [];
  const messageId = id();
  for (let start = 0; start < bytes.length; start += partBytes) {
    const content = bytes.subarray(start, start + partBytes);
    const kind = start + partBytes < bytes.length ? frameKinds.messagePart : frameKinds.messageEnd;
    frames.push(toBinaryFrame({ kind, id: messageId, content }));
  }
  return frames;
}

interface Parts {
  readonly contents: Uint8Array<ArrayBuffer>[];
  movedBefore: boolean;
}

/** Assembles long messages. */
export class LongMessages {
  readonly #maxBytes: number;
  readonly #parts = new Map<number, Parts>();
  #bytes = 0;

  /** `maxBytes`: of all incomplete messages together. 0: no limit. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes || Infinity;
  }

  /** Returns the text with its last part. Throws a `BadMessage` if it is too long or not UTF-8. */
  part(id: number, content: Uint8Array<ArrayBuffer>, isLast: boolean): string | undefined {
    const parts = this.#parts.get(id) ?? { contents: [], movedBefore: true };
    parts.contents.push(content);
    parts.movedBefore = true;
    this.#bytes += content.length;
    if (this.#bytes > this.#maxBytes)
      throw new BadMessage(4413, "too_large: the message is over maxMessageBytes: send a file");
    this.#parts.set(id, parts);
    if (!isLast) return undefined;
    this.#parts.delete(id);
    const whole = new Uint8Array(parts.contents.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const one of parts.contents) {
      whole.set(one, at);
      at += one.length;
    }
    this.#bytes -= whole.length;
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(whole);
    } catch {
      throw new BadMessage(4400, "invalid_args: a message is not UTF-8");
    }
  }

  /** True if one of the messages did not grow since the last sweep. */
  stoodStill(): boolean {
    const still = this.#parts.values().some(({ movedBefore }) => !movedBefore);
    for (const parts of this.#parts.values()) parts.movedBefore = false;
    return still;
  }
}
