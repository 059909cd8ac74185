// Runs one attempt after another of a run and records why each stopped (the table "Life of a run" in ARCHITECTURE.md).
import { DeepaasError, type ErrorData } from "../contract/error.ts";
import type { JsonValue } from "../contract/json.ts";
import type { Logger } from "../contract/logger.ts";
import type { Checkpoint } from "../contract/model.ts";
import type { ModelDescription } from "../contract/model-service.ts";
import { sleep } from "../contract/race.ts";
import { isTerminal } from "../contract/run.ts";
import type { BlobRef, BlobStore } from "../ports/blob-store.ts";
import type { Executor, Outcome } from "../ports/executor.ts";
import type { HostObserver } from "../ports/observer.ts";
import type { Claim, LogAppend, PrivateArgs, RunStore, StoredCheckpoint } from "../ports/run-store.ts";
import { runReporter } from "./reporter.ts";

const maxLostInARow = 3;
/** Of a run whose server stopped, and whose model says `resume: "never"`. */
const notResumed: Outcome = {
  ok: false,
  error: { code: "worker_lost", message: "The server stopped during the run, and its model does not go on." },
};

/** Of a run that took its server along again and again. */
const lostTooOften: Outcome = {
  ok: false,
  error: { code: "worker_lost", message: `${maxLostInARow} attempts in a row were lost without a new checkpoint.` },
};

const retryDelaysMs = [50, 200, 1000, 5000];

export interface RunAttemptsOptions {
  readonly store: RunStore;
  readonly blobs: BlobStore;
  readonly executor: Executor;
  readonly logger: Logger;
  readonly observer?: HostObserver | undefined;
  readonly graceMs: number;
  readonly describe: (model: string) => ModelDescription | undefined;
  /** Aborted when the store is about to be closed: what it could not keep by then is given up. */
  readonly closing: AbortSignal;
}

/** The handler that a `RunEngine` is given. Never rejects. */
export function runAttempts(options: RunAttemptsOptions): (runId: string, signal: AbortSignal) => Promise<void> {
  return async (runId, signal) => {
    try {
      while ((await runAttempt(runId, signal, options)) === "again");
    } catch (error) {
      options.logger.error({ err: error, runId }, "the run could not be recorded");
    }
  };
}

async function runAttempt(runId: string, signal: AbortSignal, options: RunAttemptsOptions): Promise<"again" | "over"> {
  const { store, blobs, executor, logger, observer, graceMs, describe, closing } = options;
  // One whose record cannot be read would hold its slot for ever.
  const claim = await persist(() => store.claim(runId), { unless: "internal" });
  if (!claim) return "over";
  const { run } = claim;
  const { metadata, resume } = describe(run.model) ?? {};
  const version = metadata?.version === undefined ? undefined : String(metadata.version);
  const resumes = resume !== "never";
  const stop = new AbortController();
  const reporter = runReporter({
    store,
    blobs,
    runId,
    attempt: run.attempt,
    version,
    onLost: (reason) => stop.abort(reason),
  });
  const end = observer?.run?.({ model: run.model, runId, attempt: run.attempt, owner: run.owner });
  const outcome = refused() ?? (await train());
  const entries = await entriesFor(outcome);
  let answer = await finish(entries);
  // A cancel that was recorded while the loss was on its way: there is nothing left to stop.
  const crossed = answer === "kept" && (entries.at(-1) as LogAppend).fact.type === "lost" && (await cancelledEntry());
  if (crossed) {
    entries.push(crossed);
    answer = await finish([crossed]);
  }
  end?.({ type: answer === "stale" ? "stale" : (entries.at(-1) as LogAppend).fact.type });
  if (answer === "stale") {
    logger.warn(
      { runId, attempt: run.attempt },
      "an attempt that is not the newest has stopped; nothing of it was recorded",
    );
    return "over";
  }
  return entries.every(({ fact }) => !isTerminal(fact.type)) && !signal.aborted ? "again" : "over";

  /** Why this attempt is not begun. */
  function refused(): Outcome | undefined {
    if (run.attempt > 1 && !resumes) return notResumed;
    return (claim as Claim).lostInARow < maxLostInARow ? undefined : lostTooOften;
  }

  async function train(): Promise<Outcome> {
    try {
      const args = await openArgs(run.args, claim?.private as PrivateArgs, blobs);
      const { report, log, checkpoint, artifact, publish } = reporter;
      const resumeFrom = await checkpointFor(claim as Claim);
      const call = {
        signal: AbortSignal.any([signal, stop.signal]),
        graceMs,
        report,
        log,
        checkpoint,
        artifact,
        publish,
      };
      const { model, attempt, owner } = run;
      const caller = owner === undefined ? undefined : { id: owner };
      return await executor.train({ runId, model, args, caller, attempt, resumeFrom }, call);
    } catch (error) {
      logger.error({ err: error, runId }, "the training could not be run");
      return {
        ok: false,
        error: { code: "internal", message: "The training could not be run. See the server's log." },
      };
    }
  }

  /** Where the attempt goes on; undefined: it starts over. */
  async function checkpointFor({ checkpoints }: Claim): Promise<Checkpoint | undefined> {
    for (const checkpoint of checkpoints.toReversed()) {
      if (checkpoint.version !== version) {
        const [made, now] = [checkpoint.version, version].map((one) => one ?? "none");
        const text = `The checkpoint of step ${checkpoint.step} is not used: its model had version ${made}, and now has ${now}.`;
        reporter.log(text, "warning");
        continue;
      }
      try {
        return await openCheckpoint(checkpoint, blobs);
      } catch (error) {
        logger.error({ err: error, runId, step: checkpoint.step }, "a checkpoint cannot be read");
        reporter.log(`The checkpoint of step ${checkpoint.step} cannot be read.`, "error");
      }
    }
    return undefined;
  }

  async function entriesFor(result: Outcome): Promise<LogAppend[]> {
    if (result.ok) {
      const refusal = await serve(reporter.published() ?? claim?.published);
      const succeeded: LogAppend = { fact: { type: "succeeded", result: result.value as JsonValue } };
      return refusal ? [refusal, { ...succeeded, serves: false }] : [succeeded];
    }
    const cancelled = await cancelledEntry();
    if (cancelled) return [cancelled];
    if (signal.aborted) return [{ fact: { type: "lost", reason: "shutdown" }, counted: false }];
    if (result === notResumed || result === lostTooOften) return [{ fact: { type: "failed", error: result.error } }];
    if (result.error.code === "worker_lost") return lostEntries(result.error, claim as Claim, resumes);
    return [{ fact: { type: "failed", error: result.error } }];
  }

  /** Published weights serve before anybody can read that the run has succeeded. Gives why they do not. */
  async function serve(published: BlobRef | undefined): Promise<LogAppend | undefined> {
    if (!published) return undefined;
    try {
      await executor.refresh(run.model, await blobs.get(published));
      return undefined;
    } catch (error) {
      logger.error({ err: error, runId, model: run.model }, "the published weights could not be loaded");
      const text = "The published weights could not be loaded: the ones from before go on serving.";
      return { fact: { type: "log", level: "error", text } };
    }
  }

  /** How the run ends if it was told to stop. */
  async function cancelledEntry(): Promise<LogAppend | undefined> {
    const { state, reason } = (await persist(() => store.get(runId))) ?? {};
    return state === "stopping" ? { fact: { type: "cancelled", ...(reason !== undefined && { reason }) } } : undefined;
  }

  function finish(facts: readonly LogAppend[]): Promise<"kept" | "stale"> {
    return persist((tries) => reporter.finish(tries === 0 ? facts : []));
  }

  /** A store that fails (a full disk) must not cost the run its end: it is asked until it keeps it. */
  async function persist<T>(
    work: (tries: number) => Promise<T>,
    { unless }: { readonly unless?: ErrorData["code"] } = {},
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      try {
        return await work(tries);
      } catch (error) {
        if (closing.aborted || (DeepaasError.is(error) && error.code === unless)) throw error;
        const delayMs = retryDelaysMs[Math.min(tries, retryDelaysMs.length - 1)] as number;
        logger.error({ err: error, runId, delayMs }, "the store failed; trying again");
        await sleep(delayMs, closing);
      }
    }
  }
}

function lostEntries(error: ErrorData, claim: Claim, resumes: boolean): LogAppend[] {
  const lost: LogAppend = { fact: { type: "lost", reason: error.message } };
  if (!resumes) return [lost, { fact: { type: "failed", error } }];
  if (claim.lostInARow + 1 < maxLostInARow) return [lost];
  const message = `The worker was lost ${maxLostInARow} times in a row without a new checkpoint: ${error.message}`;
  return [lost, { fact: { type: "failed", error: { ...error, message } } }];
}

/** The arguments as the model gets them: secrets in plain, files open. */
async function openArgs(
  shown: object,
  { secrets, files }: PrivateArgs,
  blobs: BlobStore,
): Promise<Record<string, unknown>> {
  // A copy: the model may change what it gets, but not the record.
  const args: Record<string, unknown> = structuredClone({ ...shown, ...secrets });
  for (const [name, refs] of Object.entries(files)) {
    args[name] = Array.isArray(refs)
      ? await Promise.all((refs as BlobRef[]).map((ref) => blobs.get(ref)))
      : await blobs.get(refs as BlobRef);
  }
  return args;
}

async function openCheckpoint({ step, data, blob }: StoredCheckpoint, blobs: BlobStore): Promise<Checkpoint> {
  return {
    step,
    ...(data !== undefined && { data: structuredClone(data) }),
    ...(blob && { file: await blobs.get(blob) }),
  };
}
