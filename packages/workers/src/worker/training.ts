// A training as the model in the worker sees it: everything that it reports or saves is sent to the server.
import { unlink } from "node:fs/promises";
import { DeepaasError, type ErrorData, type FileSource, type LogLevel, modelFile, toJson } from "@deepaas/core";
import { checkPublishOptions, progressFrom, type TrainCall, textFrom } from "@deepaas/core/ports";
import { encodeMessage, extractFiles } from "../message-files.ts";
import type { SaveRequest } from "../messages.ts";
import { WorkerCall } from "./call.ts";
import { send, writeFrame } from "./pipes.ts";

const levels: ReadonlySet<unknown> = new Set(["debug", "info", "warning", "error"]);

export class WorkerTraining extends WorkerCall implements TrainCall {
  /** The server kills a training that does not stop in time. */
  readonly graceMs = Number.POSITIVE_INFINITY;
  readonly #id: number;
  readonly #folder: string;
  readonly #unanswered = new Map<number, (error: ErrorData | undefined) => void>();
  #n = 0;
  #lastSave: Promise<unknown> = Promise.resolve();

  constructor(id: number, runId: string, folder: string) {
    super({ requestId: runId });
    this.#id = id;
    this.#folder = folder;
  }

  // Properties, so that a model may call them without their object.
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
    this.#save(() => ({
      what: "checkpoint",
      step,
      // A copy: the model may change its data before it is sent.
      ...(data !== undefined && { data: toJson(data, { copy: true }) }),
      ...(file !== undefined && { file: modelFile(file) }),
    }));

  readonly artifact: TrainCall["artifact"] = (name, file, options = {}) =>
    this.#save(() => ({ what: "artifact", name: String(name), file: modelFile(file, options) }));

  readonly publish: TrainCall["publish"] = (file: FileSource, options = {}) =>
    this.#save(() => {
      checkPublishOptions(options);
      return { what: "publish", file: modelFile(file), options };
    });

  /** The server's answer to the n-th save request. */
  onSaved(n: number, error: ErrorData | undefined): void {
    this.#unanswered.get(n)?.(error);
    this.#unanswered.delete(n);
  }

  /** One after the other, in the order of the calls. */
  #save(makeRequest: () => SaveRequest): Promise<void> {
    const promise = this.#saveAfter(this.#lastSave, makeRequest);
    // If the model does not await it, a failure must not end the process.
    this.#lastSave = promise.catch(() => {});
    return promise;
  }

  async #saveAfter(previous: Promise<unknown>, makeRequest: () => SaveRequest): Promise<void> {
    const request = makeRequest();
    await previous;
    const n = ++this.#n;
    const { value, files } = extractFiles({ type: "save", id: this.#id, n, ...request }, "");
    const { frame, paths } = await encodeMessage(value, files, this.#folder);
    const answer = new Promise<ErrorData | undefined>((resolve) => this.#unanswered.set(n, resolve));
    writeFrame(frame);
    const error = await answer;
    // The server may have moved them.
    for (const path of paths) await unlink(path).catch(() => {});
    if (error) throw DeepaasError.from(error);
  }
}
