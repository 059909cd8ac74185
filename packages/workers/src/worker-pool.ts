// Workers that do the same, and who gets which of them: calls wait in line, one worker has as many as it has room for.
import { abortReason, DeepaasError, type ErrorCode, type ErrorData } from "@deepaas/core";
import { crashLoopAfter, Seat, type SeatOptions } from "./seat.ts";
import type { Ready, WorkerProcess } from "./worker-process.ts";

export type Lane = "predict" | "train";

export interface PoolOptions extends Omit<SeatOptions, "onChange"> {
  readonly seats: number;
  /** Calls of each kind that one worker takes at once. */
  readonly room: Readonly<Record<Lane, number>>;
  /** True for a worker that is to be replaced once this call has ended. */
  readonly isWorn: (worker: WorkerProcess) => boolean;
}

interface Waiting {
  readonly lane: Lane;
  readonly take: (worker: WorkerProcess) => void;
  readonly fail: (error: ErrorData) => void;
}

/** What a call waits for, in short: the worker, or why there is none. */
export type Acquired = WorkerProcess | ErrorData;

export class WorkerPool {
  readonly seats: readonly Seat[];
  readonly #options: PoolOptions;
  readonly #waiting = new Set<Waiting>();
  readonly #busy = new Map<WorkerProcess, Record<Lane, number>>();
  #onChange: (() => void) | undefined;
  #closed = false;

  constructor(options: PoolOptions) {
    this.#options = options;
    const onChange = () => {
      this.#pump();
      this.#onChange?.();
    };
    this.seats = Array.from({ length: options.seats }, () => new Seat({ ...options, onChange }));
  }

  /** Starts all of them at once; rejects when one says that it cannot serve, or dies again and again. */
  async open(signal: AbortSignal): Promise<Ready> {
    signal.throwIfAborted();
    const opened = Promise.withResolvers<void>();
    const look = () => {
      const stuck = this.seats.find(({ refused, failures }) => refused || failures >= crashLoopAfter);
      if (stuck) opened.reject(stuck.refused ?? new Error(`A worker could not be started: ${stuck.lastReason}.`));
      else if (this.seats.every(({ worker }) => worker)) opened.resolve();
    };
    const onAbort = () => opened.reject(abortReason(signal));
    signal.addEventListener("abort", onAbort, { once: true });
    this.#onChange = look;
    for (const seat of this.seats) seat.want();
    try {
      await opened.promise;
    } finally {
      signal.removeEventListener("abort", onAbort);
      this.#onChange = undefined;
    }
    return this.seats[0]?.ready as Ready;
  }

  /** A worker with room for a call, or the error that the call is to end with. Give it back with `release`. */
  acquire(lane: Lane, signal: AbortSignal): Acquired | Promise<Acquired> {
    if (this.#closed) return closing;
    if (signal.aborted) return abortReason(signal).toData();
    if (this.#waiting.size === 0) {
      const worker = this.#free(lane);
      if (worker) return this.#occupy(worker, lane);
    }
    return new Promise((resolve) => {
      const onAbort = () => leave(abortReason(signal).toData());
      const leave = (answer: Acquired) => {
        signal.removeEventListener("abort", onAbort);
        this.#waiting.delete(waiting);
        resolve(answer);
      };
      const waiting: Waiting = { lane, take: leave, fail: leave };
      this.#waiting.add(waiting);
      signal.addEventListener("abort", onAbort, { once: true });
      this.#pump();
    });
  }

  /** `answered`: the model did, so the worker is a sound one. */
  release(worker: WorkerProcess, lane: Lane, answered: boolean): void {
    const busy = this.#busy.get(worker);
    if (busy) busy[lane]--;
    const seat = this.seats.find((one) => one.worker === worker);
    if (seat && answered) seat.failures = 0;
    if (worker.retired && worker.calls.size === 0 && worker.alive) void worker.close();
    this.replaceWorn(worker);
    this.#pump();
  }

  /** Starts another one in the place of one that has done its part, if that is not under way. */
  replaceWorn(worker: WorkerProcess): void {
    if (this.#closed || !this.#options.isWorn(worker)) return;
    const seat = this.seats.find((one) => one.worker === worker);
    if (!seat || seat.starting) return;
    if (!this.#options.eager) {
      seat.dismiss();
      return;
    }
    // The seat knows what to do when no other one can be started.
    seat.renew().catch(() => {});
  }

  /** Why some of them do not serve. */
  troubles(): readonly string[] {
    const troubles = new Set(this.seats.flatMap(({ trouble }) => trouble ?? []));
    if (troubles.size > 0 || !this.#options.eager || this.seats.some(({ worker }) => worker)) return [...troubles];
    return [`no worker is there: ${this.seats[0]?.lastReason || "it is being started"}`];
  }

  get live(): readonly WorkerProcess[] {
    return this.seats.flatMap(({ alive }) => [...alive]);
  }

  async close(reason: ErrorData = closing): Promise<void> {
    this.#closed = true;
    for (const { fail } of this.#waiting) fail(reason);
    for (const seat of this.seats) seat.close();
    await Promise.all(
      this.live.map((worker) => {
        if (worker.calls.size === 0 && worker.started) return worker.close();
        worker.kill("the server is shutting down", "unavailable");
        return worker.gone;
      }),
    );
  }

  #pump(): void {
    for (const waiting of this.#waiting) {
      const worker = this.#free(waiting.lane);
      if (worker) waiting.take(this.#occupy(worker, waiting.lane));
    }
    if (this.#waiting.size === 0) return;
    for (const seat of this.seats) seat.want();
    if (this.seats.some(({ worker, starting, failures }) => worker || starting || failures < crashLoopAfter)) return;
    const error = this.#hopeless();
    for (const { fail } of this.#waiting) fail(error);
  }

  #hopeless(): ErrorData {
    const waitMs = Math.min(...this.seats.map(({ nextStartAt }) => nextStartAt)) - performance.now();
    return {
      code: "unavailable" satisfies ErrorCode,
      message: `No worker is there: ${this.seats[0]?.lastReason}.`,
      retryAfterMs: Math.ceil(Math.max(100, waitMs)),
    };
  }

  /** The one with the most room. */
  #free(lane: Lane): WorkerProcess | undefined {
    let best: WorkerProcess | undefined;
    let least = this.#options.room[lane];
    for (const { worker } of this.seats) {
      if (!worker?.alive || worker.outgrown || (this.#options.isWorn(worker) && worker.calls.size > 0)) continue;
      const busy = this.#busy.get(worker)?.[lane] ?? 0;
      if (busy >= least) continue;
      least = busy;
      best = worker;
    }
    return best;
  }

  #occupy(worker: WorkerProcess, lane: Lane): WorkerProcess {
    const busy = this.#busy.get(worker) ?? { predict: 0, train: 0 };
    if (!this.#busy.has(worker)) {
      this.#busy.set(worker, busy);
      void worker.gone.then(() => this.#busy.delete(worker));
    }
    busy[lane]++;
    return worker;
  }
}

const closing = new DeepaasError("unavailable", "The server is shutting down.").toData();
