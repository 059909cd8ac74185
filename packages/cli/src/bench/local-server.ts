// A model that is served on this machine while its load is measured, in a process of its own.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { settlesWithin } from "@deepaas/core";
import { CliError } from "../cli-error.ts";
import { treeUsage, type Usage } from "./process-tree.ts";
import type { FromServe, ServeOptions } from "./serve-messages.ts";

// As built, also when running from source.
const entry = fileURLToPath(new URL("../../dist/bench/serve-process.js", import.meta.url));
/** Then the process is killed. Its workers end with it. */
const closeMs = 10_000;

type Serving = Extract<FromServe, { type: "serving" }>;

export class LocalServer implements AsyncDisposable {
  readonly #child: ChildProcess;
  #modelError: string | undefined;

  private constructor(child: ChildProcess) {
    this.#child = child;
    child.on("message", (message: FromServe) => {
      if (message.type === "model failed") this.#modelError ??= message.message;
    });
  }

  /** Rejects if the model cannot be served. An abort ends the start. */
  static async start(options: ServeOptions, signal: AbortSignal): Promise<LocalServer & Serving> {
    const child = fork(entry, [], { stdio: ["ignore", "ignore", "inherit", "ipc"], execArgv: [] });
    const server = new LocalServer(child);
    child.send(options);
    try {
      const serving = await servingOf(child, signal);
      return Object.assign(server, serving);
    } catch (error) {
      await server[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Of its process and its workers. */
  usage(): Promise<Usage | undefined> {
    return treeUsage(this.#child.pid ?? 0);
  }

  /** What the model threw first. */
  get modelError(): string | undefined {
    return this.#modelError;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    if (this.#child.connected) this.#child.disconnect();
    if (await settlesWithin(closeMs, exited)) return;
    this.#child.kill("SIGKILL");
    await exited;
  }
}

function servingOf(child: ChildProcess, signal: AbortSignal): Promise<Serving> {
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    child.on("message", (message: FromServe) => {
      if (message.type === "serving") resolve(message);
      if (message.type === "failed") reject(new CliError("failed_precondition", message.message));
    });
    child.once("error", reject);
    child.once("exit", () =>
      reject(new CliError("failed_precondition", "the server ended before it could serve the model")),
    );
  });
}
