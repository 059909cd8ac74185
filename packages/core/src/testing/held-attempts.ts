// The attempts of a run, on a store and an executor that the test holds.
import type { Outcome, TrainCall, TrainJob } from "../ports/executor.ts";
import type { HostObserver } from "../ports/observer.ts";
import type { Claim, LogAppend } from "../ports/run-store.ts";
import { runAttempts, type TrainedModel } from "../runs/attempts.ts";

type Train = (job: TrainJob, call: TrainCall) => Outcome | Promise<Outcome>;
export const ok: Outcome = { ok: true, value: "done" };
export const failed = (code: "worker_lost" | "internal" | "cancelled", message = "It died."): Outcome => ({
  ok: false,
  error: { code, message },
});

interface Given {
  readonly train?: Train;
  readonly claims?: readonly Partial<Omit<Claim, "run">>[];
  readonly run?: object;
  readonly resume?: "never";
  readonly version?: string | number;
  readonly observer?: HostObserver;
  /** What the store does with the append of this number, from 0. */
  readonly onAppend?: (index: number) => "kept" | "stale" | Error;
  readonly onClaim?: (index: number) => void;
  readonly publish?: () => object | undefined;
  readonly storePatienceMs?: number;
  /** Default: a model that accepts all arguments. */
  readonly served?: () => TrainedModel;
  /** A file is opened. */
  readonly onFile?: () => void;
  readonly prepare?: (signal: AbortSignal, onWait: () => Promise<void>) => Promise<() => void>;
}

/** Runs the attempts of a run. Each claim is one attempt; without a further one the run cannot be claimed. */
export function begin(given: Given) {
  const { claims = [{}], train = () => ok } = given;
  const appends: (readonly LogAppend[])[] = [];
  const jobs: TrainJob[] = [];
  const signals: AbortSignal[] = [];
  const logged: { level: string; text: string; fields: Record<string, unknown> }[] = [];
  const log = (level: string) => (fields: object, text: string) =>
    void logged.push({ level, text, fields: fields as Record<string, unknown> });
  const stop = new AbortController();
  const closing = new AbortController();
  const state = { state: "running", reason: undefined as string | undefined };
  let claimed = 0;
  let claimTries = 0;
  let tries = 0;
  const store = {
    async claim() {
      given.onClaim?.(claimTries++);
      const claim = claims[claimed];
      if (!claim) return undefined;
      claimed++;
      const run = { id: "r", model: "m", attempt: claimed, args: { x: 1 }, state: "running", ...given.run };
      return { run, private: { secrets: {}, files: {} }, checkpoints: [], lostInARow: 0, ...claim };
    },
    get: async () => ({ id: "r", ...state }),
    async append(_id: string, entries: readonly LogAppend[]) {
      const answer = given.onAppend?.(tries++) ?? "kept";
      if (answer instanceof Error) throw answer;
      if (answer === "kept") appends.push(structuredClone(entries));
      return answer;
    },
  };
  const model: TrainedModel = {
    description: { metadata: { version: given.version }, resume: given.resume ?? "auto" } as never,
    trainArgs: (args) => args as Record<string, unknown>,
    counts: { reports: 0 },
  };
  const handler = runAttempts({
    store: store as never,
    blobs: {
      async get({ id }: { readonly id: string }) {
        given.onFile?.();
        if (id === "missing") throw new Error("no such file");
        return `file ${id}`;
      },
    } as never,
    executor: {
      async train(job: TrainJob, call: TrainCall) {
        jobs.push(job);
        signals.push(call.signal);
        return train(job, call);
      },
      ...(given.prepare && {
        prepareTrain: (_run: object, { signal, onWait }: { signal: AbortSignal; onWait: () => Promise<void> }) =>
          (given.prepare as NonNullable<Given["prepare"]>)(signal, onWait),
      }),
    } as never,
    weights: { madeBy: async () => undefined, publish: async () => given.publish?.() } as never,
    logger: { debug: log("debug"), info: log("info"), warn: log("warn"), error: log("error") } as never,
    observer: given.observer,
    isShared: false,
    graceMs: 123,
    storePatienceMs: given.storePatienceMs ?? 1_000,
    served: given.served ?? (() => model),
    closing: closing.signal,
  });
  const work = handler("r", { signal: stop.signal, again: false });
  const done = { over: false };
  void work.then(() => {
    done.over = true;
  });
  const facts = () => appends.flatMap((entries) => entries.map(({ fact }) => fact));
  return {
    work,
    done,
    appends,
    facts,
    jobs,
    signals,
    logged,
    stop,
    closing,
    state,
    types: () => facts().map(({ type }) => type),
  };
}

export const turn = () => new Promise(setImmediate);
export const untilAborted = (signal: AbortSignal, outcome: Outcome) =>
  new Promise<Outcome>((resolve) => signal.addEventListener("abort", () => resolve(outcome), { once: true }));
