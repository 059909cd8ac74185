// Sends the outcomes of calls.
import type { Outcome } from "@deepaas/core/ports";
import { encodeMessage, extractFiles, type FileAt } from "../message-files.ts";
import { copyModelBytes } from "./copy-model-bytes.ts";
import { logger } from "./logger.ts";
import { send, writeFrame } from "./pipes.ts";

interface OutcomeMessage {
  readonly type: "outcome" | "item";
  readonly id: number;
  readonly outcome: Outcome;
  readonly version: number;
}

/** Synchronous if the outcome has no file. An outcome that cannot be sent is answered as `internal`. */
export function sendOutcome(message: OutcomeMessage, folder: string): void | Promise<void> {
  const fail = (error: unknown) => send({ ...message, outcome: unreadable(error) });
  try {
    const { value: outcome, files } = extractFiles(message.outcome, "/outcome");
    const encoded = encodeMessage({ ...message, outcome }, copyModelBytes(files, folder), folder);
    if (encoded instanceof Promise) return encoded.then(({ frame }) => writeFrame(frame)).catch(fail);
    writeFrame(encoded.frame);
  } catch (error) {
    fail(error);
  }
}

interface OutcomesMessage {
  readonly type: "outcomes";
  readonly id: number;
  readonly outcomes: readonly Outcome[];
  readonly version: number;
}

export async function sendOutcomes(message: OutcomesMessage, folder: string): Promise<void> {
  const parts = message.outcomes.map((outcome, i) => extractFiles(outcome, `/outcomes/${i}`));
  const files: FileAt[] = parts.flatMap((part) => part.files);
  try {
    const outcomes = parts.map(({ value }) => value);
    const { frame } = await encodeMessage({ ...message, outcomes }, copyModelBytes(files, folder), folder);
    writeFrame(frame);
  } catch (error) {
    send({ ...message, outcomes: message.outcomes.map(() => unreadable(error)) });
  }
}

/** Logs what cannot be read or sent, and returns the outcome that the caller gets. */
export function unreadable(error: unknown): Outcome {
  logger.error({ err: error }, "the model's result or error cannot be read");
  const message = "The model failed. See the server's log.";
  return { ok: false, error: { code: "internal", message } };
}
