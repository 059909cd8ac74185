// A file that is being received. Its unread content is at most one window.
import { createModelFile, type DeepaasError, type ModelFile } from "@deepaas/core";
import { attachmentWindow } from "./rpc-limits.ts";
import { BadMessage } from "./rpc-socket.ts";
import type { FileRef } from "./wire-values.ts";

export interface AttachmentReceiver {
  /** Acknowledges bytes: the sender may send more. */
  ack(bytes: number): void;
  /** Tells the sender to stop. */
  drop(): void;
}

type Controller = ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>;

export class AttachmentIn {
  /** Can be streamed once, or read as bytes more than once. */
  readonly file: ModelFile;
  readonly #receiver: AttachmentReceiver;
  readonly #waiting: Uint8Array<ArrayBuffer>[] = [];
  #waitingBytes = 0;
  #untold = 0;
  #controller: Controller | undefined;
  #end: "done" | DeepaasError | undefined;
  #pull: (() => void) | undefined;
  #moves = 0;
  #movesBefore = -1;

  constructor({ contentType, size, name }: FileRef, receiver: AttachmentReceiver) {
    this.#receiver = receiver;
    const stream = new ReadableStream<Uint8Array<ArrayBuffer>>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => this.#next(),
        cancel: () => {
          if (this.#end === undefined) receiver.drop();
          this.#end ??= "done";
          this.#waiting.length = 0;
        },
      },
      // Bytes are acknowledged only when they are read.
      { highWaterMark: 0 },
    );
    let kept: Promise<Uint8Array<ArrayBuffer>> | undefined;
    this.file = createModelFile(
      {
        ...(size !== undefined && { size }),
        stream: () => (kept ? streamOf(kept) : stream),
        bytes: () => (kept ??= new Response(stream).bytes() as Promise<Uint8Array<ArrayBuffer>>),
      },
      { contentType, originalFilename: name },
    );
  }

  /** True if nothing arrived since the last sweep, although the window was open. */
  stoodStill(): boolean {
    const still = this.#end === undefined && this.#waiting.length === 0 && this.#moves === this.#movesBefore;
    this.#movesBefore = this.#moves;
    return still;
  }

  part(content: Uint8Array<ArrayBuffer>): void {
    if (this.#end !== undefined) return;
    this.#waitingBytes += content.length;
    if (this.#waitingBytes + this.#untold > attachmentWindow) {
      throw new BadMessage(4400, "invalid_args: more of a file was sent than its window");
    }
    if (content.length === 0) return;
    this.#moves++;
    this.#waiting.push(content);
    this.#pull?.();
  }

  finish(error?: DeepaasError): void {
    this.#end ??= error ?? "done";
    if (error) {
      this.#waiting.length = 0;
      this.#controller?.error(error);
    }
    this.#pull?.();
  }

  async #next(): Promise<void> {
    while (this.#waiting.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#pull = resolve;
      });
    }
    const content = this.#waiting.shift();
    if (!content) {
      if (this.#end === "done") this.#controller?.close();
      return;
    }
    this.#moves++;
    this.#waitingBytes -= content.length;
    this.#untold += content.length;
    if (this.#untold >= attachmentWindow / 2 && this.#end === undefined) {
      this.#receiver.ack(this.#untold);
      this.#untold = 0;
    }
    this.#controller?.enqueue(content);
  }
}

function streamOf(bytes: Promise<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async start(controller) {
      controller.enqueue(await bytes);
      controller.close();
    },
  });
}
