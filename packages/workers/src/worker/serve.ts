// Answers the messages of the server with an executor in this process.
import { type Checkpoint, errorText } from "@deepaas/core";
import type { Executor, Outcome } from "@deepaas/core/ports";
import type { PredictBatchMessage, PredictMessage, ReloadMessage, ToWorker, TrainMessage } from "../messages.ts";
import { sendOutcome, sendOutcomes, unreadable } from "./answers.ts";
import { type CallDetails, WorkerCall } from "./call.ts";
import { HeldPredicts } from "./held-predicts.ts";
import { logger } from "./logger.ts";
import { send } from "./pipes.ts";
import { WorkerTraining } from "./training.ts";

export interface ServeOptions {
  readonly executor: Executor;
  /** Path of the shared folder. */
  readonly folder: string;
  /** The versions of the weights that the models were warmed with; 0 for a model that is not in it. */
  readonly versions: ReadonlyMap<string, number>;
  /** Predicts run one after the other. */
  readonly oneByOne: boolean;
}

interface OpenStream {
  readonly call: WorkerCall;
  readonly items: AsyncIterator<Outcome>;
}

type Handlers = { readonly [T in ToWorker["type"]]?: (message: Extract<ToWorker, { type: T }>) => void };

/** Returns the function that takes each message after `start`. */
export function serve(options: ServeOptions): (message: ToWorker) => void {
  const server = new WorkerServer(options);
  const held = new HeldPredicts((message, beginNext) => server.predict(message, beginNext));
  const predict = (message: PredictMessage) => (options.oneByOne ? held.add(message) : server.predict(message));
  const handlers: Handlers = {
    predict: (message) => void predict(message),
    predictBatch: (message) => void server.predictBatch(message),
    stream: (message) => server.openStream(message),
    next: ({ id }) => void server.nextItem(id),
    return: ({ id }) => void server.returnStream(id),
    train: (message) => void server.train(message),
    saved: ({ id, n, error }) => server.trainings.get(id)?.onSaved(n, error),
    abort: ({ id, error }) => {
      if (!held.remove(id, error)) server.calls.get(id)?.abort(error);
    },
    reload: (message) => void server.reload(message),
    close: () => void options.executor.close().finally(() => process.exit(0)),
  };
  // Messages of an unknown type are ignored.
  return (message) => (handlers[message.type] as ((message: ToWorker) => void) | undefined)?.(message);
}

class WorkerServer {
  readonly calls = new Map<number, WorkerCall>();
  readonly trainings = new Map<number, WorkerTraining>();
  readonly #streams = new Map<number, OpenStream>();
  readonly #executor: Executor;
  readonly #folder: string;
  /** The versions of the weights that are loaded. */
  readonly #versions: Map<string, number>;

  constructor({ executor, folder, versions }: ServeOptions) {
    this.#executor = executor;
    this.#folder = folder;
    this.#versions = new Map(versions);
  }

  /** `beginNext`: see `HeldPredicts`. */
  async predict(
    { id, model, args, ahead: _ahead, ...details }: PredictMessage,
    beginNext: () => Buffer | undefined = () => undefined,
  ): Promise<void> {
    const outcome = await settled(this.#executor.predict(model, args, this.#open(id, details)));
    const sending = sendOutcome({ type: "outcome", id, outcome }, this.#folder, beginNext);
    if (sending) await sending;
    this.calls.delete(id);
  }

  async predictBatch({ id, model, argsList, ...details }: PredictBatchMessage): Promise<void> {
    const outcomes = await this.#executor
      .predictBatch(model, argsList, this.#open(id, details))
      .catch((error: unknown) => argsList.map(() => unreadable(error)));
    await sendOutcomes({ type: "outcomes", id, outcomes }, this.#folder);
    this.calls.delete(id);
  }

  openStream({ id, model, args, ...details }: PredictMessage): void {
    const call = this.#open(id, details);
    const items = this.#executor.predictStream(model, args, call)[Symbol.asyncIterator]();
    this.#streams.set(id, { call, items });
  }

  async nextItem(id: number): Promise<void> {
    const stream = this.#streams.get(id);
    if (!stream) return;
    const item = await stream.items
      .next()
      .catch((error: unknown) => ({ done: false, value: unreadable(error) }) as const);
    if (item.done) this.#endStream(id);
    else await sendOutcome({ type: "item", id, outcome: item.value }, this.#folder);
  }

  async returnStream(id: number): Promise<void> {
    const { call, items } = this.#streams.get(id) ?? {};
    call?.abort({ code: "cancelled", message: "The caller stopped reading the stream." });
    await items?.return?.().catch(unreadable);
    this.#endStream(id);
  }

  async train({ type: _type, id, resumeFrom, caller, traceparent, ...rest }: TrainMessage): Promise<void> {
    const training = new WorkerTraining(id, rest.runId, this.#folder);
    this.calls.set(id, training);
    this.trainings.set(id, training);
    const checkpoint = (resumeFrom ?? undefined) as Checkpoint | undefined;
    const job = { ...rest, caller, traceparent, resumeFrom: checkpoint };
    const outcome = await settled(this.#executor.train(job, training));
    // What the model printed belongs to the run's log, before the end of the run.
    await Promise.all([flushed(process.stdout), flushed(process.stderr)]);
    this.trainings.delete(id);
    this.calls.delete(id);
    send({ type: "outcome", id, outcome });
  }

  async reload({ id, model, weights }: ReloadMessage): Promise<void> {
    const load = async (): Promise<Outcome> => {
      try {
        await this.#executor.refresh(model, weights ?? undefined);
      } catch (error) {
        logger.error({ err: error, model }, "the model failed to load new weights");
        return { ok: false, error: { code: "internal", message: errorText(error) } };
      }
      this.#versions.set(model, weights?.version ?? 0);
      return { ok: true, value: null };
    };
    const outcome = await settled(load());
    await sendOutcome(
      { type: "outcome", id, outcome: { ...outcome, version: this.#versions.get(model) ?? 0 } },
      this.#folder,
    );
  }

  #open(id: number, details: CallDetails): WorkerCall {
    const call = new WorkerCall(details);
    this.calls.set(id, call);
    return call;
  }

  #endStream(id: number): void {
    if (this.#streams.delete(id)) send({ type: "end", id });
    this.calls.delete(id);
  }
}

/** Never rejects, also if the model threw a value that cannot even be read. */
async function settled(work: Promise<Outcome>): Promise<Outcome> {
  try {
    return await work;
  } catch (error) {
    return unreadable(error);
  }
}

/** Resolves when everything that was written before is in the pipe. */
function flushed(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write("", () => resolve()));
}
