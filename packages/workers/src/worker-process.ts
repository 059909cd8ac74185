// One worker as the server sees it: a child process, its pipes, and the calls that are in flight on it.
import { type ChildProcess, spawn } from "node:child_process";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import type { ErrorData, ModelDescription, ModelFile } from "@deepaas/core";
import { type Packed, pack, unpack, withoutFiles } from "./carried-files.ts";
import { encodeFrame, frameReader } from "./frames.ts";
import { type FromWorker, protocolVersion, type ToWorker } from "./messages.ts";
import type { PrivateFolder } from "./private-folder.ts";
import type { WorkerOutput } from "./worker-output.ts";
import type { WorkersSettings } from "./workers-options.ts";

export type Weights = ReadonlyMap<string, ModelFile>;

/** What the worker itself said, in contrast to how it ended: starting it again would only repeat it. */
export class WorkerRefused extends Error {}

export interface WorkerSpec {
  readonly settings: WorkersSettings;
  readonly folder: PrivateFolder;
  readonly weights: Weights;
  readonly output: WorkerOutput;
  /** It holds more than `maxRssBytes`, with no call in flight. */
  readonly onOutgrown: () => void;
}

export interface Ready {
  readonly models: Readonly<Record<string, ModelDescription>>;
  readonly reloads: readonly string[];
}

export interface CallInFlight {
  receive(message: FromWorker): void;
  lost(error: ErrorData): void;
}

// As built, from the sources too: types are not to be stripped anew for each worker.
const entry = new URL("../dist/worker/entry.js", import.meta.url);

export class WorkerProcess {
  readonly weights: Map<string, ModelFile>;
  readonly ready: Promise<Ready>;
  /** Resolves when the process is gone and all that it said was read. */
  readonly gone: Promise<void>;
  readonly calls = new Map<number, CallInFlight>();
  /** Calls that it has been given so far. */
  given = 0;
  /** It held more than `maxRssBytes`: it gets no further call. */
  outgrown = false;
  /** It finishes the calls that it has, and then closes. */
  retired = false;
  /** It has said that it is ready. */
  started = false;
  /** Why it ended; absent while it lives. */
  reason: string | undefined;
  readonly #spec: WorkerSpec;
  readonly #child: ChildProcess;
  readonly #in: Duplex;
  #ending: { readonly reason: string; readonly code: ErrorData["code"] } | undefined;
  #settleReady: { resolve(ready: Ready): void; reject(error: Error): void } | undefined;
  #startTimer: ReturnType<typeof setTimeout> | undefined;
  #nextId = 1;

  constructor(spec: WorkerSpec) {
    const { settings, weights } = spec;
    this.#spec = spec;
    this.weights = new Map(weights);
    this.#child = spawn(process.execPath, [...settings.nodeArgs, fileURLToPath(entry), spec.folder.path], {
      stdio: ["ignore", "pipe", "pipe", "pipe", "pipe", "pipe"],
      env: { ...process.env, ...settings.env },
      // In a process group of its own, so that what a model starts ends with it.
      detached: process.platform !== "win32",
      windowsHide: true,
    });
    const [, stdout, stderr, input, output, lifeline] = this.#child.stdio as unknown as readonly Duplex[];
    this.#in = input as Duplex;
    // Their end is told by the process's own.
    for (const pipe of [stdout, stderr, input, output, lifeline]) pipe?.on("error", () => {});
    const read = frameReader((frame) => {
      const { message, onDisk } = unpack(frame);
      spec.folder.own(onDisk);
      this.#receive(message as FromWorker);
    });
    output?.on("data", (chunk: Buffer) => {
      try {
        read(chunk);
      } catch {
        this.kill("it wrote something to its pipe that is no message");
      }
    });
    stdout?.on("data", (chunk: Buffer) => spec.output.stdout(chunk));
    stderr?.on("data", (chunk: Buffer) => spec.output.stderr(chunk));
    lifeline?.on("data", (chunk: Buffer) => {
      const [last] = chunk.toString().trimEnd().split("\n").reverse();
      this.#weigh(Number(last));
    });
    this.ready = new Promise((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    this.ready.catch(() => {});
    this.#startTimer = setTimeout(() => this.kill(`it was not ready within ${settings.startMs} ms`), settings.startMs);
    this.gone = new Promise((resolve) => {
      const end = (how: string) => {
        this.#end(how);
        resolve();
      };
      this.#child.once("error", (error) => end(`it could not be started: ${error.message}`));
      this.#child.once("exit", (code, signal) => {
        const how = signal === null ? `it exited with code ${code}` : `it was ended by ${signal}`;
        this.#killGroup();
        this.#child.once("close", () => end(how));
        // Somebody else may hold its pipes.
        setTimeout(end, 500, how).unref();
      });
    });
    void this.#start();
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get alive(): boolean {
    return this.reason === undefined && this.#ending === undefined;
  }

  /** Gives the id of a new call; what is `pending` hears of it until `forget`. */
  begin(pending: CallInFlight): number {
    const id = this.#nextId++;
    this.given++;
    if (this.reason === undefined) this.calls.set(id, pending);
    else pending.lost(this.#lostError());
    return id;
  }

  forget(id: number): void {
    this.calls.delete(id);
  }

  /** Gives the paths of what had to be written for it. */
  send(message: ToWorker): readonly string[] | Promise<readonly string[]> {
    const found: Parameters<typeof pack>[1][number][] = [];
    const packed = pack(this.#plain(message, found), found, this.#spec.folder.path);
    return packed instanceof Promise ? packed.then((one) => this.#write(one)) : this.#write(packed);
  }

  /** What has no file in it. */
  tell(message: ToWorker): void {
    this.#write({ frame: encodeFrame(message), paths: [] });
  }

  /** Ends it at once, whatever it does. */
  kill(reason: string, code: ErrorData["code"] = "worker_lost"): void {
    if (this.reason !== undefined) return;
    this.#ending ??= { reason, code };
    this.#killGroup();
  }

  /** Lets its models close, for as long as the grace; nothing may be in flight on it any more. */
  async close(): Promise<void> {
    this.#ending ??= { reason: "it was told to close", code: "unavailable" };
    this.tell({ type: "close" });
    const timer = setTimeout(() => this.#killGroup(), this.#spec.settings.graceMs);
    await this.gone;
    clearTimeout(timer);
  }

  async #start(): Promise<void> {
    const { modules: models } = this.#spec.settings;
    const published = Object.fromEntries(this.weights);
    try {
      await this.send({ type: "start", protocol: protocolVersion, models, published });
    } catch (error) {
      this.kill(`it could not be given its weights: ${String(error)}`);
    }
  }

  #plain(message: ToWorker, found: Parameters<typeof pack>[1][number][]): object {
    switch (message.type) {
      case "predict":
      case "stream":
        return { ...message, args: withoutFiles(message.args, "/args", found) };
      case "predictBatch": {
        const argsList = message.argsList.map((args, i) => withoutFiles(args, `/argsList/${i}`, found));
        return { ...message, argsList };
      }
      case "train": {
        const { args, resumeFrom } = message;
        const from = resumeFrom && withoutFiles(resumeFrom, "/resumeFrom", found);
        return { ...message, args: withoutFiles(args, "/args", found), resumeFrom: from };
      }
      case "start":
        return { ...message, published: withoutFiles(message.published, "/published", found) };
      case "reload":
        return withoutFiles(message, "", found);
      default:
        return message;
    }
  }

  #write({ frame, paths }: Packed): readonly string[] {
    if (this.reason === undefined) this.#in.write(frame);
    return paths;
  }

  #receive(message: FromWorker): void {
    if (message.type === "say") {
      this.#spec.output.say(message);
    } else if (message.type === "failed") {
      clearTimeout(this.#startTimer);
      this.#settleReady?.reject(new WorkerRefused(message.message));
    } else if (message.type !== "ready") {
      this.calls.get(message.id)?.receive(message);
    } else if (message.protocol !== protocolVersion) {
      this.kill(`it speaks version ${message.protocol} of the protocol`);
    } else {
      clearTimeout(this.#startTimer);
      this.#weigh(message.rssBytes ?? 0);
      if (!this.alive) return;
      this.started = true;
      this.#settleReady?.resolve(message);
    }
  }

  #weigh(rssBytes: number): void {
    const { maxRssBytes } = this.#spec.settings;
    if (maxRssBytes === 0 || this.outgrown || !(rssBytes > maxRssBytes)) return;
    this.outgrown = true;
    // One that was given nothing yet would be replaced by one that is no smaller.
    const replaceable = this.calls.size === 0 && this.given > 0;
    if (replaceable) this.#spec.onOutgrown();
    else this.kill(`it held ${rssBytes} bytes of memory, more than the ${maxRssBytes} of maxRssBytes`);
  }

  #end(how: string): void {
    if (this.reason !== undefined) return;
    clearTimeout(this.#startTimer);
    this.reason = this.#ending?.reason ?? how;
    this.#spec.output.flush();
    for (const pipe of this.#child.stdio) pipe?.destroy();
    this.#settleReady?.reject(new Error(this.reason));
    const calls = [...this.calls.values()];
    this.calls.clear();
    for (const call of calls) call.lost(this.#lostError());
  }

  #lostError(): ErrorData {
    return { code: this.#ending?.code ?? "worker_lost", message: `The worker was lost: ${this.reason}.` };
  }

  #killGroup(): void {
    try {
      process.kill(-this.pid, "SIGKILL");
    } catch {
      this.#child.kill("SIGKILL");
    }
  }
}
