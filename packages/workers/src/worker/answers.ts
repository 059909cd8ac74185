// Sends the outcomes of calls.
import type { Outcome } from "@deepaas/core/ports";
import { type EncodedMessage, encodeMessage, extractFiles, type FileAt } from "../message-files.ts";
import { copyModelBytes } from "./copy-model-bytes.ts";
import { logger } from "./logger.ts";
import { send, writeFrame } from "./pipes.ts";

interface OutcomeMessage {
  readonly type: "outcome" | "item";
  readonly id: number;
  readonly outcome: Outcome;
}

/**
 * Synchronous if the outcome has no file. An outcome that cannot be sent is answered as `internal`. `nextFrame` returns a frame
 * that is sent in the same write.
 */
export function sendOutcome(
  { outcome: given, ...call }: OutcomeMessage,
  folder: string,
  nextFrame: () => Buffer | undefined = () => undefined,
): void | Promise<void> {
  const { version, ...sent } = given;
  const message = version === undefined ? call : { ...call, version };
  const fail = (error: unknown) => send({ ...message, outcome: unreadable(error) });
  try {
    const { value: outcome, files } = extractFiles(sent, "/outcome");
    const encoded = encodeMessage({ ...message, outcome }, copyModelBytes(files, folder), folder);
    const write = ({ frame }: EncodedMessage) => {
      const next = nextFrame();
      writeFrame(next ? Buffer.concat([frame, next]) : frame);
    };
    if (encoded instanceof Promise) return encoded.then(write).catch(fail);
    write(encoded);
  } catch (error) {
    fail(error);
  }
}

interface OutcomesMessage {
  readonly type: "outcomes";
  readonly id: number;
  readonly outcomes: readonly Outcome[];
}

export async function sendOutcomes({ outcomes: given, ...call }: OutcomesMessage, folder: string): Promise<void> {
  const version = given.find((outcome) => outcome.version !== undefined)?.version;
  const message = version === undefined ? call : { ...call, version };
  const parts = given.map(({ version: _same, ...outcome }, i) => extractFiles(outcome, `/outcomes/${i}`));
  const files: FileAt[] = parts.flatMap((part) => part.files);
  try {
    const outcomes = parts.map(({ value }) => value);
    const { frame } = await encodeMessage({ ...message, outcomes }, copyModelBytes(files, folder), folder);
    writeFrame(frame);
  } catch (error) {
    send({ ...message, outcomes: given.map(() => unreadable(error)) });
  }
}

/** Logs what cannot be read or sent, and returns the outcome that the caller gets. */
export function unreadable(error: unknown): Outcome {
  logger.error({ err: error }, "the model's result or error cannot be read");
  const message = "The model failed. See the server's log.";
  return { ok: false, error: { code: "internal", message } };
}
