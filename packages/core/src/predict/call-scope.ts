// One call in the host. Hot path: request id, abort controller and timer are created on first use.
import { abortReason } from "../contract/abort-reason.ts";
import { DeepaasError } from "../contract/error.ts";
import type { PredictBatchContext, PredictContext } from "../contract/model.ts";
import type { CallerId, CallOptions } from "../contract/model-service.ts";
import { maxTimerMs } from "../contract/race.ts";
import type { ExecutorBatchCall, ExecutorCall } from "../ports/executor.ts";
import type { Observed } from "../ports/observer.ts";

/**
 * What a model sees of a call. A class and not an object literal: V8 defines the getters of a literal for each object anew,
 * which takes microseconds.
 */
class Context {
  readonly #call: ExecutorCall | ExecutorBatchCall;

  constructor(call: ExecutorCall | ExecutorBatchCall) {
    this.#call = call;
  }

  get requestId(): string {
    return this.#call.requestId;
  }

  get signal(): AbortSignal {
    return this.#call.signal;
  }
}

class OneCallContext extends Context implements PredictContext {
  readonly caller: CallerId | undefined;

  constructor(call: ExecutorCall) {
    super(call);
    this.caller = call.caller;
  }
}

class BatchContext extends Context implements PredictBatchContext {
  readonly callers: readonly (CallerId | undefined)[];

  constructor(call: ExecutorBatchCall) {
    super(call);
    this.callers = call.callers;
  }
}

export function predictContext(call: ExecutorCall): PredictContext {
  return new OneCallContext(call);
}

export function batchContext(call: ExecutorBatchCall): PredictBatchContext {
  return new BatchContext(call);
}

export class CallScope implements ExecutorCall, ExecutorBatchCall {
  readonly #options: CallOptions;
  #requestId: string | undefined;
  #traceparent: string | undefined;
  #controller: AbortController | undefined;
  #end: DeepaasError | undefined;
  #listeners: ((reason: DeepaasError) => void)[] | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #stopListening: (() => void) | undefined;
  /** Index in `OpenCalls`. */
  index = 0;

  constructor(options: CallOptions) {
    this.#options = options;
  }

  get requestId(): string {
    this.#requestId ??= this.#options.requestId ?? crypto.randomUUID();
    return this.#requestId;
  }

  get traceparent(): string | undefined {
    return this.#traceparent ?? this.#options.traceparent;
  }

  /** What follows is within the span that an observer has begun, if it has. */
  within<End>(observed: Observed<End> | undefined): Observed<End> | undefined {
    if (observed?.traceparent !== undefined) this.#traceparent = observed.traceparent;
    return observed;
  }

  get caller(): CallerId | undefined {
    const { caller } = this.#options;
    return caller && { id: caller.id };
  }

  /** As a batch of one. */
  get callers(): readonly (CallerId | undefined)[] {
    return [this.caller];
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#end) this.#controller.abort(this.#end);
    }
    return this.#controller.signal;
  }

  get ended(): boolean {
    return this.#end !== undefined;
  }

  /** Calls `listener` once if the call is ended before it has a result. */
  onEnd(listener: (reason: DeepaasError) => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  #forget(listener: (reason: DeepaasError) => void): void {
    const at = this.#listeners?.lastIndexOf(listener) ?? -1;
    if (at >= 0) this.#listeners?.splice(at, 1);
  }

  /** Rejects the caller at once and aborts the model's signal. */
  end(reason: DeepaasError): void {
    if (this.#end) return;
    this.#end = reason;
    this.#controller?.abort(reason);
    for (const listener of [...(this.#listeners ?? [])]) listener(reason);
  }

  /** Settles as `work` does, but rejects as soon as the call is ended, even if the model goes on. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#end) return reject(this.#end);
      this.onEnd(reject);
      work().then(
        (value) => {
          this.#forget(reject);
          resolve(value);
        },
        (error: Error) => {
          this.#forget(reject);
          reject(error);
        },
      );
    });
  }

  /** Ends the call when its caller aborts, when the credentials of the caller end, or when `timeoutMs` has passed. */
  guard(timeoutMs: number | undefined): void {
    const { signal, caller } = this.#options;
    if (signal) this.#stopListening = onAbort(signal, this);
    if (caller?.signal) endsOfCallers.add(caller.signal, this);
    if (timeoutMs === undefined) return;
    const onTimeout = () =>
      this.end(new DeepaasError("deadline_exceeded", `The call took longer than ${timeoutMs} ms.`));
    this.#timer = setTimeout(onTimeout, Math.min(timeoutMs, maxTimerMs));
  }

  /** Stops what `guard` has begun. */
  unguard(): void {
    clearTimeout(this.#timer);
    this.#stopListening?.();
    const { caller } = this.#options;
    if (caller?.signal) endsOfCallers.delete(caller.signal, this);
  }
}

/** Returns true if the call can end before it has a result. */
export function hasEnd({ signal, timeoutMs, caller }: CallOptions): boolean {
  return signal !== undefined || timeoutMs !== undefined || caller?.signal !== undefined;
}

/** Ends the call when the signal is aborted. The returned function stops this. */
function onAbort(signal: AbortSignal, call: CallScope): () => void {
  const end = () => call.end(abortReason(signal));
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  return () => signal.removeEventListener("abort", end);
}

/**
 * Calls by the signal of their caller. All open calls of a caller share one listener: with each request a listener would cost
 * more than everything else that is done for its caller.
 */
class EndsOfCallers {
  readonly #open = new WeakMap<AbortSignal, Set<CallScope>>();

  /** Ends the call when the signal is aborted. */
  add(signal: AbortSignal, call: CallScope): void {
    if (signal.aborted) call.end(abortReason(signal));
    let calls = this.#open.get(signal);
    if (calls === undefined) {
      calls = new Set();
      this.#open.set(signal, calls);
      signal.addEventListener("abort", this.#onAbort, { once: true });
    }
    calls.add(call);
  }

  delete(signal: AbortSignal, call: CallScope): void {
    const calls = this.#open.get(signal);
    calls?.delete(call);
    if (calls?.size !== 0) return;
    this.#open.delete(signal);
    // Node.js keeps a signal that was made of others for as long as it has a listener.
    signal.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = ({ target }: Event) => {
    const signal = target as AbortSignal;
    for (const call of this.#open.get(signal) ?? []) call.end(abortReason(signal));
  };
}

const endsOfCallers = new EndsOfCallers();

/** Several calls that run as one. Its signal is aborted when the last of them has been ended. */
export class BatchCall implements ExecutorBatchCall {
  readonly requestId: string;
  readonly traceparent: string | undefined;
  readonly callers: readonly (CallerId | undefined)[];
  readonly #controller = new AbortController();

  constructor(calls: readonly CallScope[]) {
    const [first] = calls as readonly [CallScope];
    this.requestId = first.requestId;
    this.traceparent = first.traceparent;
    this.callers = calls.map(({ caller }) => caller);
    let left = calls.length;
    for (const call of calls) {
      call.onEnd((reason) => {
        if (--left === 0) this.#controller.abort(reason);
      });
    }
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }
}
