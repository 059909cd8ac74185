// The calls that a worker answers. None of them rejects, except `reload`: every failure is an outcome.
import { abortReason, type ErrorData, errorText, invalidArgs, settlesWithin } from "@deepaas/core";
import type { ExecutorBatchCall, ExecutorCall, Outcome, VersionFile } from "@deepaas/core/ports";
import type { FromWorker, PredictMessage, ToWorker } from "./messages.ts";
import type { WorkerProcess } from "./process.ts";
import type { SharedFolder } from "./shared-folder.ts";

type Args = Readonly<Record<string, unknown>>;
/** A message that answers a call, or the loss of its worker. */
export type Answer = FromWorker | { readonly type: "lost"; readonly error: ErrorData };

export interface CallOptions {
  readonly folder: SharedFolder;
  readonly graceMs: number;
  readonly signal?: AbortSignal;
}

export interface PredictRequest {
  readonly model: string;
  readonly args: Args;
  readonly call: ExecutorCall;
}

export interface BatchRequest {
  readonly model: string;
  readonly argsList: readonly Args[];
  readonly call: ExecutorBatchCall;
}

export interface PredictOptions extends CallOptions {
  /** The worker has a predict and holds this one until that has ended. Default false. */
  readonly ahead?: boolean;
  /** Called with the time in milliseconds from the begin of the predict to its answer. */
  readonly onRun?: (ms: number) => void;
}

/** Returns undefined if the worker was lost before it began the predict. */
export async function predictOn(
  worker: WorkerProcess,
  request: PredictRequest,
  options: PredictOptions,
): Promise<Outcome | undefined> {
  const { ahead = false, onRun } = options;
  let begunAt = ahead ? undefined : performance.now();
  const onBegun = () => {
    begunAt = performance.now();
  };
  const message = (id: number): PredictMessage => {
    const sent = predictMessage("predict", id, request);
    return ahead ? { ...sent, ahead } : sent;
  };
  const answer = await ask(worker, message, ahead ? { ...options, onBegun } : options);
  if (answer.type === "lost" && begunAt === undefined && answer.error.code === "worker_lost") return undefined;
  if (answer.type === "outcome" && begunAt !== undefined) onRun?.(performance.now() - begunAt);
  return outcomeOf(answer);
}

export async function predictBatchOn(
  worker: WorkerProcess,
  { model, argsList, call }: BatchRequest,
  options: CallOptions,
): Promise<readonly Outcome[]> {
  const { requestId, traceparent } = call;
  const callers = call.callers.map((caller) => caller ?? null);
  const message = { type: "predictBatch", model, requestId, callers, traceparent, argsList } as const;
  const answer = await ask(worker, (id) => ({ ...message, id }), options);
  if (answer.type !== "outcomes") return argsList.map(() => outcomeOf(answer));
  const { outcomes, version } = answer;
  return argsList.map((_, i) =>
    outcomes?.length === argsList.length ? checkOutcome(outcomes[i], version) : malformed,
  );
}

export interface ReloadRequest {
  readonly model: string;
  /** Undefined: the shipped weights. */
  readonly weights: VersionFile | undefined;
  readonly timeoutMs: number;
}

/** Rejects if the model cannot load these weights. */
export async function reloadOn(
  worker: WorkerProcess,
  { model, weights, timeoutMs }: ReloadRequest,
  options: CallOptions,
): Promise<void> {
  const answering = ask(worker, (id) => ({ type: "reload", id, model, weights: weights ?? null }), options);
  if (!(await settlesWithin(timeoutMs, answering)))
    worker.kill(`new weights not loaded within ${timeoutMs} ms`, { loss: "weights" });
  const answer = await answering;
  const outcome = outcomeOf(answer);
  if (!outcome.ok) throw new Error(outcome.error.message);
  const version = answer.type === "outcome" ? answer.version : undefined;
  const wanted = weights?.version ?? 0;
  if (version !== wanted) throw new Error(`The worker loaded version ${version} of the weights, not ${wanted}.`);
}

export async function* streamOn(
  worker: WorkerProcess,
  request: PredictRequest,
  options: CallOptions,
): AsyncGenerator<Outcome, void, undefined> {
  let next = Promise.withResolvers<Answer>();
  /** Its last answer. It may come while the reader has an item: a stream whose worker is lost must not look complete. */
  let end: Answer | undefined;
  const onAnswer = (answer: Answer) => {
    if (answer.type === "end" || answer.type === "lost") end ??= answer;
    next.resolve(answer);
  };
  const id = worker.addCall({ onMessage: onAnswer, onLost: (error) => onAnswer({ type: "lost", error }) });
  const paths = await sendOrFail(worker, predictMessage("stream", id, request), onAnswer);
  let stopWatching = forwardAbort(worker, id, options);
  try {
    for (;;) {
      if (!end) worker.sendPlain({ type: "next", id });
      const answer = end ?? (await next.promise);
      next = Promise.withResolvers();
      if (answer.type === "end") return;
      const outcome = outcomeOf(answer);
      yield outcome;
      if (!outcome.ok) return;
    }
  } finally {
    if (!end) {
      stopWatching();
      stopWatching = killAfter(worker, options.graceMs);
      worker.sendPlain({ type: "return", id });
      // An item that is under way arrives before the end.
      while (!end) {
        await next.promise;
        next = Promise.withResolvers();
      }
    }
    stopWatching();
    worker.removeCall(id);
    options.folder.delete(paths);
  }
}

function predictMessage(
  type: PredictMessage["type"],
  id: number,
  { model, args, call: { requestId, caller, traceparent } }: PredictRequest,
): PredictMessage {
  return { type, id, model, requestId, caller, traceparent, args };
}

interface AskOptions extends CallOptions {
  /** Of a call that was sent ahead: the worker begins it. */
  readonly onBegun?: () => void;
}

/** Sends one message and resolves with its answer. */
function ask(worker: WorkerProcess, messageFor: (id: number) => ToWorker, options: AskOptions): Promise<Answer> {
  const { onBegun, folder, graceMs, signal } = options;
  return new Promise((resolve) => {
    let isHeld = onBegun !== undefined;
    let paths: readonly string[] = [];
    let settled = false;
    let stopWatching: (() => void) | undefined;
    const settle = (answer: Answer) => {
      settled = true;
      worker.removeCall(id);
      stopWatching?.();
      if (paths.length > 0) folder.delete(paths);
      resolve(answer);
    };
    const onMessage = (answer: Answer) => {
      if (answer.type !== "begun") return settle(answer);
      isHeld = false;
      onBegun?.();
      // Its abort is forwarded already; from now on it must stop.
      if (signal?.aborted && stopWatching) stopWatching = killAfter(worker, graceMs);
      return undefined;
    };
    const id = worker.addCall({
      onMessage,
      onLost: (error) => queueMicrotask(() => settle({ type: "lost", error })),
    });
    const onSent = (written: readonly string[]) => {
      paths = written;
      if (settled) folder.delete(paths);
      else stopWatching = forwardAbort(worker, id, { graceMs, ...(signal && { signal }), isHeld: () => isHeld });
    };
    const sent = sendOrFail(worker, messageFor(id), settle);
    if (sent instanceof Promise) void sent.then(onSent);
    else onSent(sent);
  });
}

/** Sends a message. If that fails, the error is the answer. Returns the paths of the files that were written for it. */
export function sendOrFail(
  worker: WorkerProcess,
  message: ToWorker,
  onFailure: (answer: Extract<Answer, { type: "lost" }>) => void,
): readonly string[] | Promise<readonly string[]> {
  const fail = (error: unknown) => {
    const message = `The arguments cannot be sent: ${errorText(error)}`;
    onFailure({ type: "lost", error: invalidArgs("", "json", message).toData() });
    return [];
  };
  try {
    const sent = worker.send(message);
    return sent instanceof Promise ? sent.catch(fail) : sent;
  } catch (error) {
    return fail(error);
  }
}

interface AbortOptions extends Pick<CallOptions, "signal" | "graceMs"> {
  /** True while the worker has not begun the call. */
  readonly isHeld?: () => boolean;
}

/**
 * Forwards an abort to the worker, and kills it if the call does not stop within `graceMs`. Returns a function that stops
 * watching.
 */
export function forwardAbort(worker: WorkerProcess, id: number, { signal, graceMs, isHeld }: AbortOptions): () => void {
  if (!signal) return () => {};
  let stopTimer: (() => void) | undefined;
  const onAbort = () => {
    worker.sendPlain({ type: "abort", id, error: abortReason(signal).toData() });
    // What has not begun needs no time to stop.
    if (!isHeld?.()) stopTimer = killAfter(worker, graceMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return () => {
    stopTimer?.();
    signal.removeEventListener("abort", onAbort);
  };
}

function killAfter(worker: WorkerProcess, graceMs: number): () => void {
  const timer = setTimeout(
    () => worker.kill(`a call did not stop within ${graceMs} ms after its abort`, { loss: "not_stopped" }),
    Math.min(graceMs, 0x7fff_ffff),
  );
  return () => clearTimeout(timer);
}

export function outcomeOf(answer: Answer): Outcome {
  if (answer.type === "outcome" || answer.type === "item") return checkOutcome(answer.outcome, answer.version);
  return answer.type === "lost" ? { ok: false, error: answer.error } : malformed;
}

/** A worker in another language may not keep to the protocol; its answer must not break the server. */
function checkOutcome(outcome: Outcome | undefined, version: number | undefined): Outcome {
  const isOutcome = outcome?.ok === true || (outcome?.ok === false && typeof outcome.error?.code === "string");
  if (!isOutcome) return malformed;
  return Number.isSafeInteger(version) ? { ...outcome, version: version as number } : outcome;
}

const malformed: Outcome = {
  ok: false,
  error: { code: "internal", message: "The worker's answer does not follow the worker protocol." },
};
