// Runs predicts one after the other, and holds those that the server has sent ahead.
import { setImmediate } from "node:timers/promises";
import type { ErrorData } from "@deepaas/core";
import { encodeFrame } from "../frames.ts";
import type { PredictMessage } from "../messages.ts";
import { send, writeFrame } from "./pipes.ts";

/**
 * Answers a predict; must not reject. `beginNext` returns a frame that is written together with the answer: it tells the server
 * that the next predict begins.
 */
export type RunPredict = (message: PredictMessage, beginNext: () => Buffer | undefined) => Promise<void>;

export class HeldPredicts {
  readonly #run: RunPredict;
  readonly #held: PredictMessage[] = [];
  /** It is the next to run, and the server knows it. */
  #begun: PredictMessage | undefined;
  #isRunning = false;

  constructor(run: RunPredict) {
    this.#run = run;
  }

  async add(message: PredictMessage): Promise<void> {
    this.#held.push(message);
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Its abort may have arrived with it.
    if (message.ahead) await hasRead();
    for (let next = this.#next(); next; next = this.#next()) {
      this.#begun = undefined;
      await this.#run(next, () => this.#beginNext());
      if (this.#begun) await hasRead();
    }
    this.#isRunning = false;
  }

  /** Answers a predict that has not run. Returns false if it is not held. */
  remove(id: number, error: ErrorData): boolean {
    const at = this.#held.findIndex((message) => message.id === id);
    if (at >= 0) this.#held.splice(at, 1);
    else if (this.#begun?.id === id) this.#begun = undefined;
    else return false;
    send({ type: "outcome", id, outcome: { ok: false, error } });
    return true;
  }

  #next(): PredictMessage | undefined {
    if (this.#begun) return this.#begun;
    const frame = this.#beginNext();
    if (frame) writeFrame(frame);
    return this.#begun;
  }

  #beginNext(): Buffer | undefined {
    this.#begun = this.#held.shift();
    return this.#begun?.ahead && encodeFrame({ type: "begun", id: this.#begun.id });
  }
}

/** Resolves when everything that had arrived is read: in the check phase after the next poll phase of the event loop. */
async function hasRead(): Promise<void> {
  await setImmediate();
  await setImmediate();
}
