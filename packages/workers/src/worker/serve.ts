// Answers the messages of the server with an executor of this process.
import type { ModelFile } from "@deepaas/core";
import type { Executor, Outcome } from "@deepaas/core/ports";
import { type Found, pack, withoutFiles } from "../carried-files.ts";
import type { ToWorker } from "../messages.ts";
import { logger } from "./logger.ts";
import { send, writeFrame } from "./pipes.ts";
import { WorkerCall } from "./worker-call.ts";
import { WorkerRun } from "./worker-run.ts";
import { writeHeld } from "./write-held.ts";

const unreadable: Outcome = {
  ok: false,
  error: { code: "internal", message: "The model failed to answer; the server's log says why." },
};

interface OpenStream {
  readonly call: WorkerCall;
  readonly parts: AsyncIterator<Outcome>;
}

/** Gives the function that takes each message after `start`. */
export function serve(executor: Executor, folder: string): (message: ToWorker) => void {
  const calls = new Map<number, WorkerCall>();
  const runs = new Map<number, WorkerRun>();
  const streams = new Map<number, OpenStream>();

  const answer = async (id: number, work: Promise<Outcome>): Promise<void> => {
    let outcome: Outcome;
    try {
      outcome = await work;
    } catch (error) {
      // A throw that cannot even be looked at.
      outcome = notRead(error);
    }
    await sendOutcome("outcome", id, outcome);
    calls.delete(id);
  };

  /** At once where there is no file in it. */
  const sendOutcome = (type: "outcome" | "part", id: number, outcome: Outcome): void | Promise<void> => {
    const refuse = (error: unknown) => send({ type, id, outcome: notRead(error) });
    try {
      const found: Found[] = [];
      const message = { type, id, outcome: withoutFiles(outcome, "/outcome", found) };
      const packed = pack(message, writeHeld(found, folder), folder);
      if (packed instanceof Promise) return packed.then(({ frame }) => writeFrame(frame)).catch(refuse);
      writeFrame(packed.frame);
    } catch (error) {
      refuse(error);
    }
  };

  const begin = (id: number, requestId: string): WorkerCall => {
    const call = new WorkerCall(requestId);
    calls.set(id, call);
    return call;
  };

  const train = async (message: Extract<ToWorker, { type: "train" }>): Promise<void> => {
    const { id, runId, model, args, attempt, resumeFrom } = message;
    const run = new WorkerRun(id, runId, folder);
    calls.set(id, run);
    runs.set(id, run);
    const job = { runId, model, args, caller: undefined, attempt, resumeFrom: (resumeFrom ?? undefined) as never };
    const outcome = await executor.train(job, run).catch(notRead);
    // What it printed belongs to its run, so that goes first.
    await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
    runs.delete(id);
    calls.delete(id);
    send({ type: "outcome", id, outcome });
  };

  const nextPart = async (id: number): Promise<void> => {
    const { parts } = streams.get(id) ?? {};
    if (!parts) return;
    const part = await parts.next().catch((error: unknown) => ({ done: false, value: notRead(error) }) as const);
    if (!part.done) return sendOutcome("part", id, part.value);
    endStream(id);
  };

  const leave = async (id: number): Promise<void> => {
    const { call, parts } = streams.get(id) ?? {};
    call?.abort({ code: "cancelled", message: "The caller left the stream." });
    await parts?.return?.().catch(notRead);
    endStream(id);
  };

  const endStream = (id: number): void => {
    if (streams.delete(id)) send({ type: "end", id });
    calls.delete(id);
  };

  const predictBatch = async (message: Extract<ToWorker, { type: "predictBatch" }>): Promise<void> => {
    const { id, model, argsList, requestId } = message;
    const failed = (error: unknown) => argsList.map(() => notRead(error));
    const outcomes = await executor.predictBatch(model, argsList, begin(id, requestId)).catch(failed);
    const found: Found[] = [];
    const plain = outcomes.map((outcome, i) => withoutFiles(outcome, `/outcomes/${i}`, found));
    try {
      const message = { type: "outcomes", id, outcomes: plain };
      writeFrame((await pack(message, writeHeld(found, folder), folder)).frame);
    } catch (error) {
      send({ type: "outcomes", id, outcomes: failed(error) });
    }
    calls.delete(id);
  };

  const handlers: { readonly [T in ToWorker["type"]]?: (message: Extract<ToWorker, { type: T }>) => void } = {
    predict: ({ id, model, args, requestId }) => void answer(id, executor.predict(model, args, begin(id, requestId))),
    predictBatch: (message) => void predictBatch(message),
    stream({ id, model, args, requestId }) {
      const call = begin(id, requestId);
      streams.set(id, { call, parts: executor.predictStream(model, args, call)[Symbol.asyncIterator]() });
    },
    next: ({ id }) => void nextPart(id),
    leave: ({ id }) => void leave(id),
    train: (message) => void train(message),
    kept: ({ id, n, error }) => runs.get(id)?.answered(n, error),
    abort: ({ id, error }) => calls.get(id)?.abort(error),
    reload({ id, model, published }) {
      const loaded = executor.refresh(model, published as ModelFile);
      void answer(
        id,
        loaded.then(() => ({ ok: true, value: null })),
      );
    },
    close: () => void executor.close().finally(() => process.exit(0)),
  };
  // What is not known here is of a later version of the protocol.
  return (message) => (handlers[message.type] as ((message: ToWorker) => void) | undefined)?.(message);
}

function notRead(error: unknown): Outcome {
  logger.error({ err: error }, "what the model gave or threw cannot be read");
  return unreadable;
}

/** What was written before is with the server when this resolves. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
