// The queue of the runs of one model.
import { randomUUID } from "node:crypto";
import type { Job } from "bullmq";
import type { Connection, RunQueue, RunWorker } from "./connection.ts";

/** A run that this process took. Its token is what holds the lease. */
export interface TakenRun {
  readonly runId: string;
  /** It was given out before, and its lease ran out. */
  readonly again: boolean;
  readonly token: string;
  readonly job: Job<{ readonly runId: string }>;
}

/** A number, and a name with a colon, cannot be the id of a job. A run may have one. */
const jobIdOf = (runId: string) => `run-${runId}`;

export class ModelQueue {
  readonly #queue: RunQueue;
  readonly #connection: Connection;
  readonly #name: string;
  readonly #onError: (error: Error) => void;
  #worker: RunWorker | undefined;

  constructor(connection: Connection, model: string, onError: (error: Error) => void) {
    this.#connection = connection;
    // A name of a model has no colon, which separates the keys in Redis.
    this.#name = `runs-of-${model}`;
    this.#onError = onError;
    this.#queue = connection.queue(this.#name);
    this.#queue.on("error", onError);
  }

  async add(runId: string): Promise<void> {
    await this.#queue.add("run", { runId }, { jobId: jobIdOf(runId), removeOnComplete: true, removeOnFail: true });
  }

  /** Has no effect on a run that a node handles. */
  async drop(runId: string): Promise<void> {
    const job = await this.#queue.getJob(jobIdOf(runId));
    if (job === undefined || (await job.isActive())) return;
    await this.#queue.remove(jobIdOf(runId));
  }

  async has(runId: string): Promise<boolean> {
    return (await this.#queue.getJob(jobIdOf(runId))) !== undefined;
  }

  waiting(): Promise<number> {
    return this.#queue.getWaitingCount();
  }

  /** From now on it looks for runs whose lease has run out, and queues them again. */
  async start(): Promise<void> {
    this.#worker = this.#connection.worker(this.#name);
    this.#worker.on("error", this.#onError);
    await this.#worker.startStalledCheckTimer();
  }

  /** Returns undefined if no run waits. */
  async take(): Promise<TakenRun | undefined> {
    const token = randomUUID();
    const job = await this.#worker?.getNextJob(token, { block: false });
    if (!job) return undefined;
    return { runId: job.data.runId, again: job.stalledCounter > 0, token, job };
  }

  /** Returns the runs whose lease could not be extended, because another node has them. */
  async extend(taken: readonly TakenRun[], leaseMs: number): Promise<readonly TakenRun[]> {
    const ids = taken.map(({ job }) => job.id as string);
    const tokens = taken.map(({ token }) => token);
    const lost = new Set(await this.#worker?.extendJobLocks(ids, tokens, leaseMs));
    return taken.filter(({ job }) => lost.has(job.id as string));
  }

  async complete({ job, token }: TakenRun): Promise<void> {
    await job.moveToCompleted(null, token, false);
  }

  async giveBack({ job, token }: TakenRun): Promise<void> {
    await job.moveToWait(token);
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#worker?.close(true), this.#queue.close()]);
  }
}
