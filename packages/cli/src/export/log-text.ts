// The log lines of a run between two steps, as one text for TensorBoard, which shows one text for each step.
import type { RunEvent } from "@deepaas/core";

type LogEvent = Extract<RunEvent, { readonly type: "log" }>;

const maxLength = 65_536;

export class LogText {
  #text = "";
  #leftOut = 0;

  add({ at, level, text }: LogEvent): void {
    const lines = `${at} ${level}: ${text}`.split(/\r\n|[\r\n]/);
    // Indented by four spaces, Markdown shows it as it is.
    const block = lines.map((line) => `    ${line}\n`).join("");
    if (this.#text.length + block.length <= maxLength) this.#text += block;
    else this.#leftOut++;
  }

  /** Returns what was added since the last call, or undefined if it is nothing. */
  take(): string | undefined {
    const more = this.#leftOut > 0 ? `\n${this.#leftOut} more in the log of the run\n` : "";
    const text = this.#text + more;
    this.#text = "";
    this.#leftOut = 0;
    return text || undefined;
  }
}
