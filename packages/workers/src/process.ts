// One worker process as the server sees it: its state, and the calls in flight on it.
import { type ErrorData, errorText, type LossReason, settlesWithin } from "@deepaas/core";
import type { ModelDeclaration, VersionFile } from "@deepaas/core/ports";
import { type Child, spawnChild } from "./child.ts";
import { encodeFrame } from "./frames.ts";
import { decodeMessage, type EncodedMessage, encodeMessage } from "./message-files.ts";
import { type FilesByModel, type FromWorker, protocolVersion, type ReadyMessage, type ToWorker } from "./messages.ts";
import type { WorkersSettings } from "./options.ts";
import type { WorkerOutput } from "./output.ts";
import { withoutFiles } from "./sent-files.ts";
import type { SharedFolder } from "./shared-folder.ts";

/** By model. A model that is not in it has its shipped weights. */
export type WeightsByModel = ReadonlyMap<string, VersionFile>;

export type Declarations = Readonly<Record<string, ModelDeclaration>>;

/** A start that would fail in the same way if it was tried again. */
export class StartRefusedError extends Error {}

export interface WorkerProcessOptions {
  readonly settings: WorkersSettings;
  readonly folder: SharedFolder;
  readonly weights: WeightsByModel;
  readonly output: WorkerOutput;
  /** Throws `StartRefusedError` if a worker with these models cannot be used. */
  readonly checkModels: (declarations: Declarations) => void;
  /** It has loaded the models from these files. Called only if the settings have `reportFiles`. */
  readonly onFiles: (files: FilesByModel) => void;
  /** It exceeded `maxRssBytes` while no call was in flight. */
  readonly onOverMemory: () => void;
}

export interface KillOptions {
  /** The error of its calls. Default `worker_lost`. */
  readonly code?: ErrorData["code"];
  /** What it counts as, once it was ready. Default `other`. */
  readonly loss?: LossReason;
}

export interface PendingCall {
  onMessage(message: FromWorker): void;
  /** The worker process has ended. */
  onLost(error: ErrorData): void;
}

export class WorkerProcess {
  static #count = 0;
  /** Of no other worker of this process. */
  readonly id = ++WorkerProcess.#count;
  readonly startedAt = new Date().toISOString();
  /** The weights that it has loaded. */
  readonly weights: Map<string, VersionFile>;
  /** Resolves once its models are warm and checked. */
  readonly ready: Promise<void>;
  /** What its models state about themselves; empty until it is ready. */
  declarations: Declarations = {};
  /** Resolves when the process has exited and everything that it wrote has been read. */
  readonly exited: Promise<void>;
  readonly calls = new Map<number, PendingCall>();
  /** Calls started on it so far. */
  callCount = 0;
  /** The trainings that it runs. */
  readonly runIds = new Set<string>();
  /** Its memory as measured last; undefined until it was measured. */
  rssBytes: number | undefined;
  /** It exceeded `maxRssBytes` and gets no further call. */
  overMemory = false;
  /** It finishes its calls, then it is closed. */
  draining = false;
  isReady = false;
  /** It reports when it begins a predict that was sent ahead. */
  takesAhead = false;
  /** Why it exited; undefined while it runs. */
  exitReason: string | undefined;
  /** What it counts as if it is lost. */
  lossReason: LossReason = "other";
  /** Calls that were in flight when it exited. */
  lostCalls = 0;
  readonly #options: WorkerProcessOptions;
  readonly #child: Child;
  readonly #exit = Promise.withResolvers<void>();
  readonly #ready = Promise.withResolvers<void>();
  #startTimer: ReturnType<typeof setTimeout> | undefined;
  /** Set when the server ends it. */
  #ending: { readonly reason: string; readonly code: ErrorData["code"]; readonly loss: LossReason } | undefined;
  #nextId = 1;

  constructor(options: WorkerProcessOptions) {
    const { settings, folder, weights, output } = options;
    const { program, startMs } = settings;
    this.#options = options;
    this.weights = new Map(weights);
    this.exited = this.#exit.promise;
    this.ready = this.#ready.promise;
    this.ready.catch(() => {});
    this.#child = spawnChild(program, folder.path, {
      onFrame: (frame) => {
        const { message, filesOnDisk } = decodeMessage(frame);
        folder.deleteWhenUnused(filesOnDisk);
        this.#onMessage(message as FromWorker);
      },
      onInvalidFrame: () => this.kill("invalid frame on the protocol pipe"),
      onStdout: output.stdout,
      onStderr: output.stderr,
      onMemory: (rssBytes) => this.#checkMemory(rssBytes),
      onExit: (reason, loss) => this.#onExit(reason, loss),
    });
    this.#startTimer = setTimeout(() => this.kill(`not ready within ${startMs} ms`), startMs);
    void this.#start();
  }

  get pid(): number {
    return this.#child.pid;
  }

  /** False once it has exited or the server is ending it. */
  get alive(): boolean {
    return this.exitReason === undefined && this.#ending === undefined;
  }

  /** Returns the id of a new call. `call` gets its messages until `removeCall`. */
  addCall(call: PendingCall): number {
    const id = this.#nextId++;
    this.callCount++;
    if (this.exitReason === undefined) this.calls.set(id, call);
    else call.onLost(this.#lostError());
    return id;
  }

  /** Keeps it from being closed or replaced as idle, until the returned function is called. */
  hold(): () => void {
    const id = this.#nextId++;
    if (this.exitReason === undefined) this.calls.set(id, { onMessage() {}, onLost() {} });
    return () => this.removeCall(id);
  }

  removeCall(id: number): void {
    this.calls.delete(id);
  }

  /** Returns the paths of the files that had to be written for it. */
  send(message: ToWorker): readonly string[] | Promise<readonly string[]> {
    const { value, files } = withoutFiles(message);
    const encoded = encodeMessage(value, files, this.#options.folder.path);
    // The worker does not wait for a predict that is sent ahead.
    const later = message.type === "predict" && message.ahead === true;
    return encoded instanceof Promise ? encoded.then((one) => this.#write(one)) : this.#write(encoded, later);
  }

  /** For a message that cannot have files. */
  sendPlain(message: ToWorker): void {
    this.#write({ frame: encodeFrame(message), paths: [] });
  }

  /** Ends the process at once, whatever it is doing. Its calls fail with `code`. */
  kill(reason: string, { code = "worker_lost", loss = "other" }: KillOptions = {}): void {
    if (this.exitReason !== undefined) return;
    this.#ending ??= { reason, code, loss };
    this.#child.kill();
  }

  /** Lets its models close within `graceMs`, then kills it. No call may be in flight. */
  async close(): Promise<void> {
    this.#ending ??= { reason: "closed by the server", code: "unavailable", loss: "other" };
    this.sendPlain({ type: "close" });
    if (!(await settlesWithin(this.#options.settings.graceMs, this.exited))) this.#child.kill();
    await this.exited;
  }

  async #start(): Promise<void> {
    const { modules: models, callsPerWorker, reportFiles, observer } = this.#options.settings;
    const weights = Object.fromEntries(this.weights);
    const oneByOne = callsPerWorker === 1;
    const start = { type: "start", protocol: protocolVersion, models, weights, oneByOne } as const;
    try {
      await this.send({ ...start, ...(reportFiles && { reportFiles }), ...(observer !== undefined && { observer }) });
    } catch (error) {
      this.kill(`sending its weights failed: ${errorText(error)}`);
    }
  }

  #write({ frame, paths }: EncodedMessage, later = false): readonly string[] {
    if (this.exitReason === undefined) this.#child.write(frame, { later });
    return paths;
  }

  #onMessage(message: FromWorker): void {
    if (message.type === "serverLog") this.#options.output.serverLog(message);
    else if (message.type === "failed") this.#refuseStart(new StartRefusedError(message.message));
    else if (message.type === "ready") this.#onReady(message);
    else if (message.type === "loaded") this.#options.onFiles(message.models);
    else this.calls.get(message.id)?.onMessage(message);
  }

  #onReady({ protocol, models, rssBytes = 0, takesAhead = false }: ReadyMessage): void {
    clearTimeout(this.#startTimer);
    if (protocol !== protocolVersion) {
      this.kill(`it has version ${protocol} of the protocol, not ${protocolVersion}`);
      return;
    }
    this.#checkMemory(rssBytes);
    if (!this.alive) return;
    try {
      this.#options.checkModels(models);
    } catch (error) {
      this.#refuseStart(error as Error);
      return;
    }
    this.declarations = models;
    this.takesAhead = takesAhead && this.#options.settings.callsPerWorker === 1;
    this.isReady = true;
    this.#ready.resolve();
  }

  #refuseStart(error: Error): void {
    clearTimeout(this.#startTimer);
    this.#ready.reject(error);
    this.kill(error.message);
  }

  #checkMemory(rssBytes: number): void {
    const { maxRssBytes } = this.#options.settings;
    if (rssBytes > 0) this.rssBytes = rssBytes;
    if (maxRssBytes === 0 || this.overMemory || !(rssBytes > maxRssBytes)) return;
    this.overMemory = true;
    // A worker that has not had a call yet would be replaced by one that is just as large.
    const canBeReplaced = this.calls.size === 0 && this.callCount > 0;
    if (canBeReplaced) this.#options.onOverMemory();
    else this.kill(`memory limit exceeded: ${rssBytes} bytes used, maxRssBytes is ${maxRssBytes}`, { loss: "memory" });
  }

  #onExit(reason: string, loss: LossReason): void {
    clearTimeout(this.#startTimer);
    this.exitReason = this.#ending?.reason ?? reason;
    this.lossReason = this.isReady ? (this.#ending?.loss ?? loss) : "not_started";
    this.#options.output.flush();
    this.#child.closePipes();
    this.#ready.reject(new Error(this.exitReason));
    const calls = [...this.calls.values()];
    this.lostCalls = calls.length;
    this.calls.clear();
    for (const call of calls) call.onLost(this.#lostError());
    this.#exit.resolve();
  }

  #lostError(): ErrorData {
    return { code: this.#ending?.code ?? "worker_lost", message: `The worker was lost: ${this.exitReason}.` };
  }
}
