// Admission, fairness between models, and batching of predicts. Work-conserving: a call never waits while a slot of its
// model is idle.
import { DeepaasError, type ErrorCode } from "../contract/error.ts";
import type { ExecutorBatchCall, Outcome, Predictor } from "../ports/executor.ts";
import type { ExecutionEnd, HostObserver, Observed } from "../ports/observer.ts";
import { BatchCall, type CallScope } from "./call-scope.ts";

type Args = Readonly<Record<string, unknown>>;

export interface LaneOptions {
  readonly model: string;
  /** Executions at the same time. */
  readonly concurrency: number;
  /** Calls that may wait. */
  readonly queue: number;
  /** 1: the model has no `predictBatch`. */
  readonly maxBatch: number;
}

interface Waiting {
  readonly call: CallScope;
  readonly args: Args;
  wait?: Observed<{ readonly error?: ErrorCode }> | undefined;
  /** Absent for a stream, which only needs the slot. */
  readonly resolve?: (outcome: Outcome) => void;
  readonly enter?: () => void;
}

/** The queue of one model. */
export interface Lane extends LaneOptions {
  readonly waiting: Set<Waiting>;
  running: number;
  /** Moving average of the duration of an execution, in milliseconds. */
  averageMs: number;
}

// These errors hit the batch as a whole, not one of its items: retrying the items one by one would only add load.
const notRetried: ReadonlySet<ErrorCode> = new Set([
  "worker_lost",
  "overloaded",
  "unavailable",
  "cancelled",
  "deadline_exceeded",
]);

export class PredictScheduler {
  readonly #executor: Predictor;
  readonly #observer: HostObserver | undefined;
  readonly #lanes: Lane[] = [];
  #running = 0;
  #next = 0;

  constructor(executor: Predictor, observer: HostObserver | undefined) {
    this.#executor = executor;
    this.#observer = observer;
  }

  addLane(options: LaneOptions): Lane {
    const lane = { ...options, waiting: new Set<Waiting>(), running: 0, averageMs: 0 };
    this.#lanes.push(lane);
    return lane;
  }

  /** Rejects `overloaded` if the queue is full; `retryAfterMs` is computed from its length. */
  predict(lane: Lane, args: Args, call: CallScope): Promise<Outcome> {
    // Hot path: without a bound no call waits.
    if (lane.concurrency === Number.POSITIVE_INFINITY && this.#executor.slots.predict === Number.POSITIVE_INFINITY) {
      return this.#predict(lane, args, call);
    }
    return new Promise((resolve) => this.#wait(lane, { call, args, resolve }));
  }

  /** Waits for a slot and holds it. The returned function frees it, and tells whether the call has failed. */
  enter(lane: Lane, call: CallScope): Promise<(failed: boolean) => void> {
    return new Promise((resolve) => {
      const enter = () => {
        const execution = this.#observeExecution(lane, call, 1);
        resolve((failed) => {
          execution?.end?.({ failed: failed ? 1 : 0, retried: false });
          this.#leave(lane);
        });
      };
      this.#wait(lane, { call, args: {}, enter });
    });
  }

  #wait(lane: Lane, item: Waiting): void {
    const idle = this.#hasRoom(lane, item);
    if (!idle && lane.waiting.size >= lane.queue) {
      throw new DeepaasError("overloaded", `${lane.waiting.size} calls of model ${lane.model} are already waiting.`, {
        retryAfterMs: this.#retryAfterMs(lane),
      });
    }
    lane.waiting.add(item);
    const { call } = item;
    if (this.#observer?.wait) {
      item.wait = this.#observer.wait({ model: lane.model, requestId: call.requestId, traceparent: call.traceparent });
    }
    call.onEnd(({ code }) => {
      if (lane.waiting.delete(item)) item.wait?.end?.({ error: code });
    });
    if (idle) this.#pump();
  }

  #retryAfterMs({ waiting, concurrency, maxBatch, averageMs }: Lane): number {
    const parallel = Math.min(concurrency, this.#executor.slots.predict) * maxBatch;
    return Math.ceil(Math.min(60_000, Math.max(100, (waiting.size / parallel) * averageMs)));
  }

  /** Serves the lanes in turn, so that a busy model cannot starve another one. */
  #pump(): void {
    for (let idle = 0; idle < this.#lanes.length; ) {
      const lane = this.#lanes[this.#next] as Lane;
      this.#next = (this.#next + 1) % this.#lanes.length;
      const [first] = lane.waiting;
      if (!first || !this.#hasRoom(lane, first)) {
        idle++;
        continue;
      }
      idle = 0;
      this.#running++;
      lane.running++;
      this.#start(lane);
    }
  }

  #hasRoom(lane: Lane, { enter }: Waiting): boolean {
    const { slots } = this.#executor;
    if (this.#running < slots.predict && lane.running < lane.concurrency) return true;
    if (enter || lane.maxBatch > 1 || lane.concurrency < slots.predict) return false;
    // Calls of other models that wait get the next slot.
    if (this.#lanes.some((other) => other !== lane && other.waiting.size > 0)) return false;
    return this.#executor.takesAhead?.(lane.model) === true;
  }

  #start(lane: Lane): void {
    const items = take(lane);
    for (const { wait } of items) wait?.end?.({});
    const [first] = items as [Waiting];
    if (first.enter) {
      first.enter();
      return;
    }
    const startedAt = performance.now();
    // Of the calls that were handed ahead, each waits for those before it.
    const sharing = Math.max(1, this.#running / this.#executor.slots.predict);
    void this.#outcomes(lane, items).then((outcomes) => {
      const ms = (performance.now() - startedAt) / sharing;
      lane.averageMs = lane.averageMs === 0 ? ms : lane.averageMs * 0.9 + ms * 0.1;
      for (const [i, item] of items.entries()) item.resolve?.(outcomes[i] as Outcome);
      this.#leave(lane);
    });
  }

  /** Never rejects: an error of the executor becomes the outcome of each item. */
  async #outcomes(lane: Lane, items: readonly Waiting[]): Promise<readonly Outcome[]> {
    try {
      return await this.#execute(lane, items);
    } catch (error) {
      const outcome: Outcome = { ok: false, error: errorOf(error) };
      return items.map(() => outcome);
    }
  }

  async #execute(lane: Lane, items: readonly Waiting[]): Promise<readonly Outcome[]> {
    const [first] = items as [Waiting];
    if (items.length === 1 && lane.maxBatch === 1) return [await this.#predict(lane, first.args, first.call)];
    const execution = this.#observeExecution(lane, first.call, items.length);
    const call: ExecutorBatchCall = items.length === 1 ? first.call : new BatchCall(items.map((item) => item.call));
    const argsList = items.map(({ args }) => args);
    const outcomes = await this.#executor.predictBatch(lane.model, argsList, call).catch((error: unknown) => {
      execution?.end?.({ failed: items.length, retried: false });
      throw error;
    });
    const retry = items.length > 1 && outcomes.every((one) => !one.ok && !notRetried.has(one.error.code));
    execution?.end?.({ failed: outcomes.filter(({ ok }) => !ok).length, retried: retry });
    if (!retry) return outcomes;
    const again: Outcome[] = [];
    for (const item of items) {
      again.push(item.call.ended ? (outcomes[again.length] as Outcome) : await this.#one(lane, item));
    }
    return again;
  }

  #predict(lane: Lane, args: Args, call: CallScope): Promise<Outcome> {
    const execution = this.#observeExecution(lane, call, 1);
    if (!execution?.end) return this.#executor.predict(lane.model, args, call);
    return ended(async () => this.#executor.predict(lane.model, args, call), execution);
  }

  async #one(lane: Lane, { args, call }: Waiting): Promise<Outcome> {
    const [outcome] = await this.#executor.predictBatch(lane.model, [args], call);
    return outcome as Outcome;
  }

  #leave(lane: Lane): void {
    this.#running--;
    lane.running--;
    this.#pump();
  }

  #observeExecution({ model }: Lane, call: CallScope, size: number): Observed<ExecutionEnd> | undefined {
    if (!this.#observer?.execute) return undefined;
    const { requestId, traceparent } = call;
    return call.within(this.#observer.execute({ model, requestId, traceparent, size }));
  }
}

async function ended(predict: () => Promise<Outcome>, execution: Observed<ExecutionEnd>): Promise<Outcome> {
  let failed = 1;
  try {
    const answer = await predict();
    if (answer.ok) failed = 0;
    return answer;
  } finally {
    execution.end?.({ failed, retried: false });
  }
}

/** Takes the next call, or as many as fit into a batch. */
function take(lane: Lane): Waiting[] {
  const items: Waiting[] = [];
  for (const item of lane.waiting) {
    const needsSlot = item.enter !== undefined;
    if (items.length > 0 && needsSlot) break;
    lane.waiting.delete(item);
    items.push(item);
    if (needsSlot || items.length >= lane.maxBatch) break;
  }
  return items;
}

function errorOf(error: unknown) {
  if (DeepaasError.is(error)) return error.toData();
  return { code: "internal" as const, message: "The model could not be called. See the server's log." };
}
