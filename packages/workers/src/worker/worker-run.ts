// A training as the model in a worker sees it: what it says goes to the server, which answers once it is kept.
import { unlink } from "node:fs/promises";
import { DeepaasError, type ErrorData, type FileSource, type LogLevel, modelFile, toJson } from "@deepaas/core";
import { progressFrom, type TrainCall, textFrom } from "@deepaas/core/ports";
import { pack, withoutFiles } from "../carried-files.ts";
import type { Kept } from "../messages.ts";
import { send, writeFrame } from "./pipes.ts";
import { WorkerCall } from "./worker-call.ts";

const levels: ReadonlySet<unknown> = new Set(["debug", "info", "warning", "error"]);

export class WorkerRun extends WorkerCall implements TrainCall {
  /** The server ends what outlasts it. */
  readonly graceMs = Number.POSITIVE_INFINITY;
  readonly #id: number;
  readonly #folder: string;
  readonly #waiting = new Map<number, (error: ErrorData | undefined) => void>();
  #n = 0;
  #last: Promise<unknown> = Promise.resolve();

  constructor(id: number, runId: string, folder: string) {
    super(runId);
    this.#id = id;
    this.#folder = folder;
  }

  // Properties, because a model may take them from their object.
  readonly report = (given: unknown): void => {
    const progress = progressFrom(given);
    if (progress) send({ type: "report", id: this.#id, progress });
  };

  readonly log = (given: unknown, level: LogLevel = "info"): void => {
    const text = textFrom(given);
    if (text === undefined) return;
    send({ type: "log", id: this.#id, text, level: levels.has(level) ? level : "info" });
  };

  readonly checkpoint: TrainCall["checkpoint"] = ({ step, data, file }) =>
    this.#keep(() => ({
      what: "checkpoint",
      step,
      ...(data !== undefined && { data: toJson(data, { copy: true }) }),
      ...(file !== undefined && { file: modelFile(file) }),
    }));

  readonly artifact: TrainCall["artifact"] = (name, file, options = {}) =>
    this.#keep(() => ({ what: "artifact", name: String(name), file: modelFile(file, options) }));

  readonly publish = (file: FileSource): Promise<void> =>
    this.#keep(() => ({ what: "publish", file: modelFile(file) }));

  /** The server's answer to the n-th of them. */
  answered(n: number, error: ErrorData | undefined): void {
    this.#waiting.get(n)?.(error);
    this.#waiting.delete(n);
  }

  /** One after the other, in the order in which the model asked. */
  #keep(make: () => Kept): Promise<void> {
    const promise = this.#keepNow(make, this.#last);
    // A model that does not await what it keeps must not end the process when it cannot be kept.
    this.#last = promise.catch(() => {});
    return promise;
  }

  async #keepNow(make: () => Kept, before: Promise<unknown>): Promise<void> {
    const what = make();
    await before;
    const n = ++this.#n;
    const files: Parameters<typeof pack>[1][number][] = [];
    const message = withoutFiles({ type: "keep", id: this.#id, n, ...what }, "", files);
    const packed = await pack(message, files, this.#folder);
    const answer = new Promise<ErrorData | undefined>((resolve) => this.#waiting.set(n, resolve));
    writeFrame(packed.frame);
    const error = await answer;
    // Unless the server took them away.
    for (const path of packed.paths) await unlink(path).catch(() => {});
    if (error) throw DeepaasError.from(error);
  }
}
