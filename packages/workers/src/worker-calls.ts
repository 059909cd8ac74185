// The calls that can be made on a worker. None of them rejects: whatever happens is an outcome.
import { abortReason, type ErrorData, invalidArgs, type ModelFile } from "@deepaas/core";
import type { ExecutorBatchCall, ExecutorCall, Outcome } from "@deepaas/core/ports";
import type { FromWorker, ToWorker } from "./messages.ts";
import type { PrivateFolder } from "./private-folder.ts";
import type { WorkerProcess } from "./worker-process.ts";

type Args = Readonly<Record<string, unknown>>;
type Answer = FromWorker | { readonly type: "lost"; readonly error: ErrorData };

export interface AskOptions {
  readonly folder: PrivateFolder;
  readonly graceMs: number;
  readonly signal?: AbortSignal;
}

export async function predictOn(
  worker: WorkerProcess,
  asked: { readonly model: string; readonly args: Args; readonly call: ExecutorCall },
  options: AskOptions,
): Promise<Outcome> {
  const { model, args, call } = asked;
  const { requestId } = call;
  return outcomeOf(await ask(worker, (id) => ({ type: "predict", id, model, requestId, args }), options));
}

export async function predictBatchOn(
  worker: WorkerProcess,
  asked: { readonly model: string; readonly argsList: readonly Args[]; readonly call: ExecutorBatchCall },
  options: AskOptions,
): Promise<readonly Outcome[]> {
  const { model, argsList, call } = asked;
  const { requestId } = call;
  const answer = await ask(worker, (id) => ({ type: "predictBatch", id, model, requestId, argsList }), options);
  return answer.type === "outcomes" ? answer.outcomes : argsList.map(() => outcomeOf(answer));
}

/** Rejects when the model cannot load them. */
export async function reloadOn(
  worker: WorkerProcess,
  asked: { readonly model: string; readonly published: ModelFile; readonly withinMs: number },
  options: AskOptions,
): Promise<void> {
  const { withinMs, ...message } = asked;
  const late = setTimeout(() => worker.kill(`it did not load new weights within ${withinMs} ms`), withinMs);
  const outcome = outcomeOf(await ask(worker, (id) => ({ type: "reload", id, ...message }), options));
  clearTimeout(late);
  if (!outcome.ok) throw new Error(outcome.error.message);
}

export async function* streamOn(
  worker: WorkerProcess,
  asked: { readonly model: string; readonly args: Args; readonly call: ExecutorCall },
  options: AskOptions,
): AsyncGenerator<Outcome, void, undefined> {
  const { model, args, call } = asked;
  let next = Promise.withResolvers<Answer>();
  let over = false;
  const take = (answer: Answer) => {
    over ||= answer.type === "end" || answer.type === "lost";
    next.resolve(answer);
  };
  const id = worker.begin({ receive: take, lost: (error) => take({ type: "lost", error }) });
  const paths = await sendSafely(worker, { type: "stream", id, model, requestId: call.requestId, args }, take);
  let stopWatching = watch(worker, id, options);
  try {
    while (!over) {
      worker.tell({ type: "next", id });
      const answer = await next.promise;
      next = Promise.withResolvers();
      if (answer.type === "end") return;
      const outcome = outcomeOf(answer);
      yield outcome;
      if (!outcome.ok) return;
    }
  } finally {
    if (!over) {
      stopWatching();
      stopWatching = startGrace(worker, options.graceMs);
      worker.tell({ type: "leave", id });
      // A piece that was under way comes before the end.
      while (!over) {
        await next.promise;
        if (!over) next = Promise.withResolvers();
      }
    }
    stopWatching();
    worker.forget(id);
    options.folder.delete(paths);
  }
}

/** One message, one answer. */
function ask(worker: WorkerProcess, make: (id: number) => ToWorker, options: AskOptions): Promise<Answer> {
  return new Promise((resolve) => {
    let paths: readonly string[] = [];
    let settled = false;
    let stopWatching: (() => void) | undefined;
    const settle = (answer: Answer) => {
      settled = true;
      worker.forget(id);
      stopWatching?.();
      if (paths.length > 0) options.folder.delete(paths);
      resolve(answer);
    };
    const id = worker.begin({
      receive: settle,
      lost: (error) => queueMicrotask(() => settle({ type: "lost", error })),
    });
    const sent = sendSafely(worker, make(id), settle);
    const begun = (written: readonly string[]) => {
      paths = written;
      if (settled) options.folder.delete(paths);
      else stopWatching = watch(worker, id, options);
    };
    if (sent instanceof Promise) void sent.then(begun);
    else begun(sent);
  });
}

/** What cannot be sent is told as the answer. */
export function sendSafely(
  worker: WorkerProcess,
  message: ToWorker,
  settle: (answer: { readonly type: "lost"; readonly error: ErrorData }) => void,
): readonly string[] | Promise<readonly string[]> {
  const refuse = (error: unknown) => {
    const reason = error instanceof Error ? error.message.split("\n", 1)[0] : String(error);
    settle({ type: "lost", error: invalidArgs("", "json", `The arguments cannot be sent: ${reason}`).toData() });
    return [];
  };
  try {
    const sent = worker.send(message);
    return sent instanceof Promise ? sent.catch(refuse) : sent;
  } catch (error) {
    return refuse(error);
  }
}

/** Tells the worker when the call is aborted, and ends it when that is of no use; gives what stops watching. */
export function watch(
  worker: WorkerProcess,
  id: number,
  { signal, graceMs }: Pick<AskOptions, "signal" | "graceMs">,
): () => void {
  if (!signal) return () => {};
  let stopGrace: (() => void) | undefined;
  const onAbort = () => {
    worker.tell({ type: "abort", id, error: abortReason(signal).toData() });
    stopGrace = startGrace(worker, graceMs);
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return () => {
    stopGrace?.();
    signal.removeEventListener("abort", onAbort);
  };
}

function startGrace(worker: WorkerProcess, graceMs: number): () => void {
  const timer = setTimeout(
    () => worker.kill(`a call did not stop within ${graceMs} ms after it was told to`),
    Math.min(graceMs, 0x7fff_ffff),
  );
  return () => clearTimeout(timer);
}

export function outcomeOf(answer: Answer): Outcome {
  if (answer.type === "outcome" || answer.type === "part") return answer.outcome;
  if (answer.type === "lost") return { ok: false, error: answer.error };
  return { ok: false, error: { code: "internal", message: "The worker answered with something else." } };
}
