// The process in which `deepaas check` looks at a model, from the side of the command.
import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { duration } from "./finding.ts";
import { type Answer, type Answers, type MemberFault, neverSettles, type Questions } from "./probe-messages.ts";

// As built, also when running from source.
const entry = fileURLToPath(new URL("../../dist/check/probe.js", import.meta.url));
/** What is kept of the output for one question. */
const maxCharacters = 100_000;

export type Reply<K extends keyof Answers> =
  | { readonly ok: true; readonly value: Answers[K]; readonly printed: readonly string[] }
  | { readonly ok: false; readonly fault: MemberFault; readonly printed: readonly string[] };

export class ProbeProcess implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #mark = randomUUID();
  /** The last line of stderr: what Node.js says about an error that ended the process. */
  #lastError = "";
  #stdout = "";
  #onEvent: (() => void) | undefined;
  #answer: Answer | undefined;
  /** Why it has ended. */
  #ended: string | undefined;

  constructor() {
    this.#child = fork(entry, [this.#mark], {
      // The last one is `lifelineFd`.
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      serialization: "advanced",
      execArgv: [],
    });
    this.#child.stdout?.setEncoding("utf8").on("data", (text: string) => {
      this.#stdout = (this.#stdout + text).slice(-maxCharacters);
      this.#onEvent?.();
    });
    this.#child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      const [line] = text.split("\n").filter((one) => /^\w*Error\b|^unhandled/.test(one.trim()));
      if (line !== undefined) this.#lastError = `: ${line.trim()}`;
    });
    // The end of the process says more than a broken pipe.
    for (const pipe of this.#child.stdio) pipe?.on("error", () => {});
    this.#child.on("message", (answer: Answer) => {
      this.#answer = answer;
      this.#onEvent?.();
    });
    this.#child.on("error", (error) => this.#end(error.message));
    this.#child.on("close", (code, signal) => this.#end(endText(code, signal) + this.#lastError));
  }

  /** Asks one question. A process that does not answer in time is killed. */
  async ask<K extends keyof Answers>(ask: K, details: Questions[K], timeoutMs: number): Promise<Reply<K>> {
    this.#answer = undefined;
    const fault = (message: string): Reply<K> => ({
      ok: false,
      fault: { member: "", pointer: "", message },
      printed: this.#printed(),
    });
    if (this.#ended !== undefined) return fault(this.#ended);
    this.#child.send({ ask, ...details }, () => {});
    const isInTime = await this.#happened(timeoutMs, () => this.#isAnswered() || this.#ended !== undefined);
    if (this.#isAnswered()) {
      const answer = this.#answer as unknown as Answer;
      const printed = this.#printed();
      return answer.ok ? { ok: true, value: answer.value as Answers[K], printed } : { ...answer, printed };
    }
    if (isInTime) return fault(this.#ended ?? "");
    this.#child.kill("SIGKILL");
    this.#ended = `it did not finish within ${duration(timeoutMs)}`;
    return fault(this.#ended);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await exited;
  }

  #isAnswered(): boolean {
    return this.#answer !== undefined && this.#stdout.includes(this.#mark);
  }

  /** Returns the lines that were printed since the last question. */
  #printed(): readonly string[] {
    const [text = ""] = this.#stdout.split(this.#mark);
    this.#stdout = "";
    return text.split("\n").filter((line) => line.trim() !== "");
  }

  #end(reason: string): void {
    this.#ended ??= reason;
    this.#onEvent?.();
  }

  /** Resolves to false if `condition` is not met in time. */
  #happened(timeoutMs: number, condition: () => boolean): Promise<boolean> {
    return new Promise((resolve) => {
      const settle = (isInTime: boolean) => {
        clearTimeout(timer);
        this.#onEvent = undefined;
        resolve(isInTime);
      };
      const timer = setTimeout(settle, timeoutMs, false);
      this.#onEvent = () => {
        if (condition()) settle(true);
      };
      this.#onEvent();
    });
  }
}

function endText(code: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return `it ended its process: killed by ${signal}`;
  return code === neverSettles
    ? "it never finished: it awaits a promise that nothing can settle"
    : `it ended its process: exit code ${code}`;
}
