// A worker process, spoken to as PROTOCOL.md says, without the rest of the server.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Child, type Program, spawnChild } from "../child.ts";
import { decodeMessage, encodeMessage } from "../message-files.ts";
import type { FromWorker, ServerLogMessage, ToWorker } from "../messages.ts";
import { withoutFiles } from "../sent-files.ts";

export class ProtocolWorker implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), "deepaas-protocol-"));
  readonly logged: ServerLogMessage[] = [];
  printed = "";
  readonly #messages: FromWorker[] = [];
  readonly #exited = Promise.withResolvers<string>();
  readonly #child: Child;
  #wake = () => {};

  constructor(program: Program) {
    const ignore = () => {};
    const print = (chunk: Buffer) => {
      this.printed += chunk.toString();
    };
    this.#child = spawnChild(program, this.folder, {
      onFrame: (frame) => {
        const message = decodeMessage(frame).message as FromWorker;
        if (message.type === "serverLog") {
          this.logged.push(message);
          return;
        }
        this.#messages.push(message);
        this.#wake();
      },
      onInvalidFrame: ignore,
      onStdout: print,
      onStderr: print,
      onMemory: ignore,
      onExit: this.#exited.resolve,
    });
  }

  async send(message: ToWorker): Promise<void> {
    const { value, files } = withoutFiles(message);
    const { frame } = await encodeMessage(value, files, this.folder);
    this.#child.write(frame);
  }

  async next(): Promise<FromWorker> {
    while (this.#messages.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#messages.shift() as FromWorker;
  }

  async ask(message: ToWorker): Promise<FromWorker> {
    await this.send(message);
    return this.next();
  }

  /** Resolves with the reason of the exit. */
  async close(): Promise<string> {
    await this.send({ type: "close" });
    return this.#exited.promise;
  }

  /** Resolves with the reason of the exit. */
  get exited(): Promise<string> {
    return this.#exited.promise;
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** As if the server was gone. */
  closeLifeline(): void {
    this.#child.closePipes();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill();
    await this.#exited.promise;
    rmSync(this.folder, { recursive: true, force: true });
  }
}
