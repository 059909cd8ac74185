// Runs the attempts of a run and records why each stopped (the table in "Runs" of ARCHITECTURE.md).
import { DeepaasError, type ErrorData, errorDataFrom } from "../contract/error.ts";
import type { JsonValue } from "../contract/json.ts";
import { isNewToLog } from "../contract/logged-error.ts";
import type { Logger } from "../contract/logger.ts";
import type { Checkpoint } from "../contract/model.ts";
import type { ModelDescription } from "../contract/model-service.ts";
import { sleep } from "../contract/race.ts";
import { isTerminal, type Run } from "../contract/run.ts";
import type { BlobStore } from "../ports/blob-store.ts";
import { type Executor, failedOutcome, type Outcome } from "../ports/executor.ts";
import type { HostObserver } from "../ports/observer.ts";
import type { RunHandler } from "../ports/run-engine.ts";
import type { Claim, LogAppend, RunStore, StoredCheckpoint } from "../ports/run-store.ts";
import type { ArgsValidator, ValidArgs } from "../schema/args-validator.ts";
import type { WeightsManager } from "../weights/weights-manager.ts";
import { openArgs } from "./args.ts";
import { entryAfterCrash } from "./record.ts";
import { type RunReporter, runReporter } from "./reporter.ts";
import { waitsForSameVersion } from "./same-version.ts";
import { whenStopping } from "./when-stopping.ts";

const maxLostInARow = 3;
/** For a model with `resume: "never"` whose server stopped during the run. */
const notResumed: Outcome = {
  ok: false,
  error: { code: "worker_lost", message: "The server stopped during the run, and its model does not resume." },
};

/** For a run that ended its server several times. */
const lostTooOften: Outcome = {
  ok: false,
  error: { code: "worker_lost", message: `${maxLostInARow} attempts in a row were lost without a new checkpoint.` },
};

const retryDelaysMs = [50, 200, 1000, 5000];

/** What a training needs of the code that is served. Another object: the code was replaced. */
export interface TrainedModel {
  readonly description: Pick<ModelDescription, "metadata" | "resume">;
  readonly trainArgs: ArgsValidator;
  readonly counts: { reports: number };
}

export interface RunAttemptsOptions {
  readonly store: RunStore;
  readonly blobs: BlobStore;
  readonly executor: Executor;
  readonly weights: WeightsManager;
  readonly logger: Logger;
  readonly observer?: HostObserver | undefined;
  /** Other nodes use the store: then a cancel may come from one of them. */
  readonly isShared: boolean;
  readonly graceMs: number;
  readonly storePatienceMs: number;
  readonly served: (model: string) => TrainedModel;
  /** Aborted before the store is closed: writes that it did not keep until then are given up. */
  readonly closing: AbortSignal;
}

/** Returns the handler for `RunEngine.process`. */
export function runAttempts(options: RunAttemptsOptions): RunHandler {
  return async (runId, { signal: given, again }) => {
    const stopped = options.isShared ? whenStopping(runId, options.store) : undefined;
    const signal = stopped ? AbortSignal.any([given, stopped.signal]) : given;
    try {
      if (again) await endAbandoned(runId, options);
      for (;;) {
        const result = await new Attempt(runId, signal, options).run();
        if (result !== "again") return result;
      }
    } catch (error) {
      if (isNewToLog(error)) options.logger.error({ err: error, runId }, "run could not be recorded");
      return "back";
    } finally {
      stopped?.close();
    }
  };
}

/** Records the end of the attempt of a process that the engine holds for dead. */
async function endAbandoned(runId: string, { store, executor }: RunAttemptsOptions): Promise<void> {
  const run = await store.get(runId);
  if (run?.state !== "running" && run?.state !== "stopping") return;
  await store.append(runId, [entryAfterCrash(run, executor.inline === true)], { attempt: run.attempt });
}

type AttemptResult = "again" | "over" | "back";

class Attempt {
  readonly #runId: string;
  /** Aborted by a cancel or a shutdown. */
  readonly #signal: AbortSignal;
  readonly #options: RunAttemptsOptions;
  /** Aborted when the store cannot keep the reports, or when a newer attempt has taken over. */
  readonly #stop = new AbortController();
  /** The version of the model's code that trains, which its checkpoints carry. */
  #version: string | undefined;
  #traceparent: string | undefined;

  constructor(runId: string, signal: AbortSignal, options: RunAttemptsOptions) {
    this.#runId = runId;
    this.#signal = signal;
    this.#options = options;
  }

  /**
   * Returns "again" if another attempt follows here, and "back" if a shutdown stopped it, or if it waits for another node. The run is claimed when its worker
   * is ready: until then it waits.
   */
  async run(): Promise<AttemptResult> {
    const { executor } = this.#options;
    const signal = this.#signal;
    const run = await this.#retried(() => this.#options.store.get(this.#runId));
    // Before a worker is started for it.
    if (run && (await this.#retried(() => this.#waitsForOthers(run)))) return "back";
    const job = run && { runId: this.#runId, model: run.model };
    const release = job && (await executor.prepareTrain?.(job, { signal, onWait: () => this.#logWait() }));
    try {
      return signal.aborted ? this.#stoppedResult() : await this.#runClaimed();
    } finally {
      release?.();
    }
  }

  async #waitsForOthers(run: Run): Promise<boolean> {
    const { store, isShared } = this.#options;
    if (!isShared || !this.#resumes(run)) return false;
    return waitsForSameVersion(this.#runId, { store, version: versionOf(this.#options.served(run.model)) });
  }

  /** Only informs: a store that cannot keep it must not stop the run. */
  async #logWait(): Promise<void> {
    const { store, logger } = this.#options;
    const fact = { type: "log", level: "info", text: "A worker is starting for this training." } as const;
    try {
      await store.append(this.#runId, [{ fact }]);
    } catch (error) {
      logger.warn({ err: error, runId: this.#runId }, "a line of the run's log could not be kept");
    }
  }

  /** The engine says whether it has ended, or has given the run to another node. */
  #abortReason(): string {
    const { reason } = this.#signal as { readonly reason: unknown };
    return DeepaasError.is(reason) && reason.code === "worker_lost" ? reason.message : "shutdown";
  }

  #stoppedResult(): "over" | "back" {
    const { reason } = this.#signal as { readonly reason: unknown };
    return DeepaasError.is(reason) && reason.code === "cancelled" ? "over" : "back";
  }

  async #runClaimed(): Promise<AttemptResult> {
    const { store, logger, observer } = this.#options;
    // A run whose record is damaged must not hold its slot for ever.
    const claim = await this.#retried(() => store.claim(this.#runId), { unless: "internal" });
    if (!claim) return this.#unclaimed();
    const { model, attempt, owner } = claim.run;
    const reporter = this.#reporterFor(claim);
    const { traceparent } = claim.private;
    const observed = observer?.run?.({ model, runId: this.#runId, attempt, owner, traceparent });
    this.#traceparent = observed?.traceparent ?? traceparent;
    // If the end cannot be recorded, the run is lost.
    let end: LogAppend["fact"]["type"] | "stale" = "lost";
    let entries: readonly LogAppend[];
    try {
      const outcome = this.#refusal(claim) ?? (await this.#made(claim)) ?? (await this.#train(claim, reporter));
      const last = await this.#finalEntries(outcome, claim, reporter);
      const answer = await this.#record(last, reporter);
      entries = last;
      end = answer === "stale" ? "stale" : (last.at(-1) as LogAppend).fact.type;
    } finally {
      observed?.end?.({ type: end });
    }
    if (end === "stale") {
      logger.warn({ runId: this.#runId, attempt }, "a stale attempt stopped; its last events were not recorded");
      // A newer attempt records the end of the run.
      return "back";
    }
    if (entries.some(({ fact }) => isTerminal(fact.type))) return "over";
    return this.#signal.aborted ? this.#stoppedResult() : "again";
  }

  /** A run that waits, and that this process may not claim, is for another one. */
  async #unclaimed(): Promise<"over" | "back"> {
    const { state } = (await this.#retried(() => this.#options.store.get(this.#runId))) ?? {};
    return state === "queued" || state === "lost" ? "back" : "over";
  }

  #reporterFor({ run }: Claim): RunReporter {
    const { store, blobs, storePatienceMs: patienceMs, closing, logger } = this.#options;
    const runId = this.#runId;
    const { attempt } = run;
    const onLost = (reason: DeepaasError) => {
      if (!this.#stop.signal.aborted) logger.error({ err: reason, runId, attempt }, "the attempt is stopped");
      this.#stop.abort(reason);
    };
    const version = () => this.#version;
    const metrics = run.progress?.metrics;
    const onReport = () => void this.#options.served(run.model).counts.reports++;
    return runReporter({ store, blobs, runId, attempt, metrics, version, patienceMs, closing, onReport, onLost });
  }

  #resumes({ model }: Run): boolean {
    return this.#options.served(model).description.resume !== "never";
  }

  /** Returns the outcome of an attempt that must not start. */
  #refusal({ run, lostInARow }: Claim): Outcome | undefined {
    if (run.attempt > 1 && !this.#resumes(run)) return notResumed;
    return lostInARow < maxLostInARow ? undefined : lostTooOften;
  }

  /** The server died after the weights of the run had become a version, and before its end was recorded. */
  async #made({ run }: Claim): Promise<Outcome | undefined> {
    if (run.attempt === 1) return undefined;
    const made = await this.#retried(() => this.#options.weights.madeBy(run));
    return made && { ok: true, value: made.result ?? null };
  }

  async #train(claim: Claim, reporter: RunReporter): Promise<Outcome> {
    const { blobs, logger, served } = this.#options;
    const { args: shown, model } = claim.run;
    try {
      const args = await this.#reached(() => openArgs(shown, claim.private, blobs));
      for (;;) {
        const code = served(model);
        this.#version = versionOf(code);
        const resumeFrom = await this.#checkpoint(claim, reporter);
        // The code may have been replaced meanwhile. From here on nothing is awaited before the training begins.
        if (served(model) === code) return await this.#trainWith(code, { claim, reporter, args, resumeFrom });
      }
    } catch (error) {
      logger.error({ err: error, model, runId: this.#runId }, "training could not be run");
      const message = "The training could not be run. See the server's log.";
      return { ok: false, error: { code: "internal", message } };
    }
  }

  /** The code may be newer than the run: its validator decides about the arguments. */
  #trainWith({ trainArgs }: TrainedModel, { claim, reporter, args: given, resumeFrom }: Training): Promise<Outcome> {
    const { executor, graceMs } = this.#options;
    const { model, attempt, owner } = claim.run;
    let args: ValidArgs;
    try {
      args = trainArgs(given);
    } catch (error) {
      reporter.log("The model's code has changed since the run was started, and refuses its arguments.", "error");
      return Promise.resolve(failedOutcome(errorDataFrom(error), { cause: error }));
    }
    const caller = owner === undefined ? undefined : { id: owner };
    const signal = AbortSignal.any([this.#signal, this.#stop.signal]);
    const { report, log, checkpoint, artifact, publish } = reporter;
    const call = { signal, graceMs, report, log, checkpoint, artifact, publish };
    const traceparent = this.#traceparent;
    return executor.train({ runId: this.#runId, model, args, caller, attempt, resumeFrom, traceparent }, call);
  }

  /** Returns the newest checkpoint that can be read and has the model's version, or undefined to start over. */
  async #checkpoint({ checkpoints }: Claim, reporter: RunReporter): Promise<Checkpoint | undefined> {
    const version = this.#version;
    for (const checkpoint of checkpoints.toReversed()) {
      const { step } = checkpoint;
      if (checkpoint.version !== version) {
        const [made, now] = [checkpoint.version, version].map((one) => one ?? "none");
        const text = `The checkpoint of step ${step} is not used: its model had version ${made}, and now has ${now}.`;
        reporter.log(text, "warning");
        continue;
      }
      try {
        return await this.#reached(() => openCheckpoint(checkpoint, this.#options.blobs));
      } catch (error) {
        this.#options.logger.error({ err: error, runId: this.#runId, step }, "checkpoint cannot be read");
        reporter.log(`The checkpoint of step ${step} cannot be read.`, "error");
      }
    }
    return undefined;
  }

  /** Returns the last entries of the attempt: why it stopped. */
  async #finalEntries(outcome: Outcome, claim: Claim, reporter: RunReporter): Promise<LogAppend[]> {
    if (outcome.ok) {
      const result = outcome.value as JsonValue;
      const published = reporter.published() ?? claim.published;
      // Before the run is recorded as succeeded: who sees that is answered by the new version.
      const decision =
        published && (await this.#retried(() => this.#options.weights.publish(claim.run, published, result)));
      const succeeded: LogAppend = { fact: { type: "succeeded", result } };
      return decision ? [{ fact: { type: "log", ...decision } }, succeeded] : [succeeded];
    }
    const { error } = outcome;
    const cancelled = await this.#cancelledEntry();
    if (cancelled) return [cancelled];
    if (this.#signal.aborted) return [{ fact: { type: "lost", reason: this.#abortReason() }, counted: false }];
    const stopped = this.#stop.signal.aborted ? (this.#stop.signal.reason as DeepaasError) : undefined;
    // Not the model's fault: not counted, and the run goes on from its checkpoint when the store keeps data again.
    if (stopped && this.#resumes(claim.run)) {
      return [{ fact: { type: "lost", reason: stopped.message }, counted: false }];
    }
    const isRefused = outcome === notResumed || outcome === lostTooOften;
    if (!isRefused && error.code === "worker_lost") return lostEntries(error, claim, this.#resumes(claim.run));
    return [{ fact: { type: "failed", error } }];
  }

  /** Appends the last entries. A run that was cancelled while its loss was recorded ends as cancelled. */
  async #record(entries: LogAppend[], reporter: RunReporter): Promise<"kept" | "stale"> {
    const append = (more: readonly LogAppend[]) => this.#retried((tries) => reporter.finish(tries === 0 ? more : []));
    const answer = await append(entries);
    if (answer === "stale" || (entries.at(-1) as LogAppend).fact.type !== "lost") return answer;
    const cancelled = await this.#cancelledEntry();
    if (!cancelled) return answer;
    entries.push(cancelled);
    return append([cancelled]);
  }

  /** Returns the last entry of a run for which a cancel was recorded. */
  async #cancelledEntry(): Promise<LogAppend | undefined> {
    const { state, reason } = (await this.#retried(() => this.#options.store.get(this.#runId))) ?? {};
    return state === "stopping" ? { fact: { type: "cancelled", ...(reason !== undefined && { reason }) } } : undefined;
  }

  /** Retries while the files are out of reach: that is not a damaged file. */
  #reached<T>(work: () => Promise<T>): Promise<T> {
    const isAway = (error: unknown) => DeepaasError.is(error) && error.code === "unavailable";
    return this.#repeated(work, {
      while: isAway,
      until: this.#signal,
      message: "the files are out of reach; retrying",
    });
  }

  /** Retries while the store fails (a full disk), so that the end of the run is not lost. */
  #retried<T>(
    work: (tries: number) => Promise<T>,
    { unless }: { readonly unless?: ErrorData["code"] } = {},
  ): Promise<T> {
    const mayPass = (error: unknown) => !DeepaasError.is(error) || error.code !== unless;
    const { closing: until } = this.#options;
    return this.#repeated(work, { while: mayPass, until, message: "the store failed; retrying" });
  }

  async #repeated<T>(work: (tries: number) => Promise<T>, { while: mayPass, until, message }: Repetition): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await work(tries);
      } catch (error) {
        if (until.aborted || !mayPass(error)) throw error;
        const delayMs = retryDelaysMs[Math.min(tries, retryDelaysMs.length - 1)] as number;
        if (isNewToLog(error)) this.#options.logger.error({ err: error, runId: this.#runId, delayMs }, message);
        await sleep(delayMs, until);
      }
    }
  }
}

interface Repetition {
  /** Returns true for an error that may pass. */
  readonly while: (error: unknown) => boolean;
  /** When it is aborted, the next error is the last. */
  readonly until: AbortSignal;
  readonly message: string;
}

interface Training {
  readonly claim: Claim;
  readonly reporter: RunReporter;
  readonly args: Readonly<Record<string, unknown>>;
  readonly resumeFrom: Checkpoint | undefined;
}

function versionOf({ description }: TrainedModel): string | undefined {
  const { version } = description.metadata;
  return version === undefined ? undefined : String(version);
}

function lostEntries(error: ErrorData, claim: Claim, resumes: boolean): LogAppend[] {
  const lost: LogAppend = { fact: { type: "lost", reason: error.message } };
  if (!resumes) return [lost, { fact: { type: "failed", error } }];
  if (claim.lostInARow + 1 < maxLostInARow) return [lost];
  const message = `The worker was lost ${maxLostInARow} times in a row without a new checkpoint: ${error.message}`;
  return [lost, { fact: { type: "failed", error: { ...error, message } } }];
}

async function openCheckpoint({ step, data, blob }: StoredCheckpoint, blobs: BlobStore): Promise<Checkpoint> {
  return {
    step,
    ...(data !== undefined && { data: structuredClone(data) }),
    ...(blob && { file: await blobs.get(blob) }),
  };
}
