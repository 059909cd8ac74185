// The methods of the host about runs.
import { DeepaasError, invalidArgs } from "../contract/error.ts";
import { isLongerThan, maxListedJson } from "../contract/json.ts";
import type { Logger } from "../contract/logger.ts";
import type { ModelFile } from "../contract/model-file.ts";
import type { ModelDescription } from "../contract/model-service.ts";
import { isName, nameRules } from "../contract/names.ts";
import { unrefTimer } from "../contract/race.ts";
import { isTerminal, type Page, type Run, type RunFilter } from "../contract/run.ts";
import type { RunMetrics } from "../contract/run-metrics.ts";
import type { BlobRef, BlobStore } from "../ports/blob-store.ts";
import type { Executor } from "../ports/executor.ts";
import { observedWork } from "../ports/observed-work.ts";
import type { HostObserver } from "../ports/observer.ts";
import type { QueuedRun, RunEngine, RunHandler } from "../ports/run-engine.ts";
import type { NewRun, Retention, RunStore } from "../ports/run-store.ts";
import type { ArgsValidator, ValidArgs } from "../schema/args-validator.ts";
import { type SplitArgs, splitArgs } from "./args.ts";
import { type CallerLimits, CallerQuotas } from "./caller-quotas.ts";
import { getRun } from "./get-run.ts";
import { type ReadMetricsOptions, runMetrics } from "./metrics.ts";
import { NodeDuties } from "./node-duties.ts";
import { checkRunFilter } from "./run-filter.ts";

/** One round queues what is in no queue; the second ends what no node runs. A node that dies between is noticed as fast. */
const leasesPerRound = 2;
const defaultLeaseMs = 30_000;
const retainEveryMs = 3_600_000;
const sweepEveryMs = 86_400_000;
/** Longer than an upload takes. */
const sharedSweepMs = 86_400_000;

export interface HostRunsOptions {
  readonly store: RunStore;
  readonly blobs: BlobStore;
  readonly engine: RunEngine;
  readonly maxQueued: number;
  readonly perCaller: CallerLimits;
  readonly retention: Retention;
  readonly logger: Logger;
  readonly observer?: HostObserver | undefined;
  /** Undefined: no other process uses the store and the engine. */
  readonly node: HostNode | undefined;
}

export interface StartOptions {
  readonly executor: Pick<Executor, "slots" | "inline">;
  /** The served models. Runs of other models stay queued. */
  readonly models: ReadonlySet<string>;
  /** Returns the labels that a node needs to train the model. */
  readonly needsOf: (model: string) => readonly string[];
}

/** This process, of several that share a store, an engine and blobs. */
export interface HostNode {
  /** Of no other node; kept over restarts. 1-64 of `A-Z a-z 0-9 . _ -`. */
  readonly id: string;
  /** Runs that need one of these may be executed here. Default none. */
  readonly labels?: readonly string[];
  /** False: no run is executed here. Default true. */
  readonly trains?: boolean;
}

export interface TrainRequest {
  readonly model: string;
  readonly description: ModelDescription;
  readonly validate: ArgsValidator;
  readonly args: unknown;
  readonly runId: string | undefined;
  readonly owner: string | undefined;
  readonly requestId: string | undefined;
  readonly traceparent: string | undefined;
}

export class RunManager {
  readonly #store: RunStore;
  readonly #blobs: BlobStore;
  readonly #engine: RunEngine;
  readonly #maxQueued: number;
  readonly #quotas: CallerQuotas;
  readonly #retention: Retention;
  readonly #logger: Logger;
  readonly #observer: HostObserver | undefined;
  readonly #node: HostNode | undefined;
  readonly #handled = new Set<string>();
  #left: Awaited<ReturnType<RunStore["open"]>> = [];
  /** Why this node starts no runs: another one has its name. */
  #replaced: DeepaasError | undefined;
  readonly #timers: ReturnType<typeof setInterval>[] = [];

  constructor({ store, blobs, engine, maxQueued, perCaller, retention, logger, observer, node }: HostRunsOptions) {
    this.#quotas = new CallerQuotas(store, perCaller);
    this.#retention = retention;
    this.#logger = logger;
    this.#store = store;
    this.#blobs = blobs;
    this.#engine = engine;
    this.#maxQueued = maxQueued;
    this.#observer = observer;
    this.#node = node;
  }

  /** Opens the store, which records the end of runs of an earlier process. Call it before `start` and before any read. */
  async open({ inline }: Pick<Executor, "inline">): Promise<void> {
    const free = (blob: BlobRef) => {
      this.#blobs
        .delete(blob)
        .catch((error: unknown) => this.#logger.error({ err: error }, "a file could not be deleted"));
    };
    const node = this.#node;
    const holder = node
      ? { id: node.id, shared: true, replaced: () => this.#onReplaced(node) }
      : { id: crypto.randomUUID() };
    this.#left = await this.#store.open({ ...holder, free, ...(inline !== undefined && { inline }) });
  }

  /** Its runs are of the other node now: it gives them back to the queue, and takes no more. */
  #onReplaced({ id }: HostNode): void {
    const message = `Another node with the name ${id} has started: this one executes and starts no more runs.`;
    this.#logger.error({ node: id }, `${message} Each node needs a name of its own.`);
    this.#replaced = new DeepaasError("unavailable", message);
    this.#stopTimers();
    void this.#engine.close();
  }

  #stopTimers(): void {
    for (const timer of this.#timers.splice(0)) clearInterval(timer);
  }

  /** Submits the queued runs of an earlier process and starts the engine. */
  async start(handle: RunHandler, { executor, models, needsOf }: StartOptions): Promise<void> {
    const { labels = [], trains = true } = this.#node ?? {};
    const isTrainedHere = (model: string) =>
      trains && (!this.#node || needsOf(model).every((label) => labels.includes(label)));
    this.#engine.process(
      async (runId, delivery) => {
        this.#handled.add(runId);
        try {
          return await handle(runId, delivery);
        } finally {
          this.#handled.delete(runId);
          await this.#retain();
        }
      },
      { slots: executor.slots.train, models: new Set([...models].filter(isTrainedHere)), served: models },
    );
    if (this.#node) this.#startDuties(executor, models);
    else await this.#submitLeft(models);
    await this.#retain();
    // Old runs are removed after each end, and by this timer when no run ends.
    if (this.#retention.keepDays !== undefined) this.#repeat(retainEveryMs, () => this.#retain());
    if (!this.#blobs.sweep) return;
    void this.#sweep();
    if (this.#node) this.#repeat(sweepEveryMs, () => this.#sweep());
  }

  /** Of the process that had the store before. */
  async #submitLeft(models: ReadonlySet<string>): Promise<void> {
    for (const run of this.#left) {
      if (models.has(run.model)) {
        this.#logger.info(run, "the run continues");
        await this.#submit(run);
      } else this.#logger.warn(run, "a run waits for a model that is not served");
    }
  }

  #startDuties({ inline: counted = false }: StartOptions["executor"], models: ReadonlySet<string>): void {
    const options = { store: this.#store, engine: this.#engine, logger: this.#logger, counted, models };
    const duties = new NodeDuties(options);
    void duties.reconcile();
    const { leaseMs = defaultLeaseMs } = this.#engine;
    this.#repeat(leasesPerRound * leaseMs, () => duties.reconcile());
  }

  #repeat(everyMs: number, work: () => Promise<void>): void {
    this.#timers.push(unrefTimer(setInterval(() => void work(), everyMs)));
  }

  async train(request: TrainRequest): Promise<Run> {
    const id = request.runId ?? crypto.randomUUID().replaceAll("-", "");
    if (!isName("run", id)) throw invalidArgs("/runId", "pattern", `A run's id is ${nameRules.run}`);
    const valid = request.validate(request.args);
    const observed = this.#observe(id, request);
    const { traceparent = request.traceparent } = observed ?? {};
    return observedWork(observed, () => this.#record(id, valid, { ...request, traceparent }));
  }

  #observe(runId: string, { model, requestId = crypto.randomUUID(), traceparent }: TrainRequest) {
    return this.#observer?.train?.({ model, runId, requestId, traceparent });
  }

  async #record(id: string, valid: ValidArgs, request: TrainRequest): Promise<Run> {
    const { owner } = request;
    if (!this.#quotas.applyTo(owner)) return this.#start(id, valid, request);
    return this.#quotas.inTurn(owner, async () => {
      // The same training again starts no further run.
      if (await this.#store.get(id)) return this.#start(id, valid, request);
      await this.#quotas.check(owner, 0);
      return this.#start(id, valid, { ...request, limitedOwner: owner });
    });
  }

  async #start(
    id: string,
    valid: ValidArgs,
    { model, description, owner, traceparent, limitedOwner }: TrainRequest & { readonly limitedOwner?: string },
  ): Promise<Run> {
    if (this.#replaced) throw this.#replaced;
    const waiting = await this.#engine.waiting();
    if (waiting >= this.#maxQueued && !(await this.#store.get(id))) {
      throw new DeepaasError("overloaded", `${waiting} trainings wait already.`, { retryAfterMs: 10_000 });
    }
    const split = await splitArgs(valid, description.trainArgs, this.#blobs);
    if (limitedOwner !== undefined) await this.#checkFiles(limitedOwner, split);
    const privateArgs = { ...split.kept.private, ...(traceparent !== undefined && { traceparent }) };
    const { run, created } = await this.#create(
      { id, model, ...(owner !== undefined && { owner }), ...split.kept, private: privateArgs },
      split.discard,
    );
    if (!created) await split.discard();
    // Also for an existing run: its first `train` may have failed before it was submitted.
    if (created || run.state === "queued") await this.#submit({ runId: id, model });
    return run;
  }

  async #checkFiles(owner: string, { kept, discard }: SplitArgs): Promise<void> {
    const files = Object.values(kept.private.files).flat();
    if (files.length === 0) return;
    try {
      await this.#quotas.check(
        owner,
        files.reduce((sum, { size }) => sum + size, 0),
      );
    } catch (error) {
      await discard();
      throw error;
    }
  }

  async #create(run: NewRun, discard: () => Promise<void>) {
    try {
      return await this.#store.create(run);
    } catch (error) {
      const { code } = DeepaasError.is(error) ? error : {};
      // After any other error the run may exist, with its files.
      if (code === "already_exists" || (await this.#isKnownToLack(run.id))) await discard();
      throw error;
    }
  }

  async #isKnownToLack(id: string): Promise<boolean> {
    try {
      return (await this.#store.get(id)) === undefined;
    } catch {
      return false;
    }
  }

  async run(id: string): Promise<Run> {
    return getRun(this.#store, id);
  }

  async metrics(id: string, options: ReadMetricsOptions): Promise<RunMetrics> {
    return runMetrics(this.#store, id, options);
  }

  async runs(filter: RunFilter): Promise<Page<Run>> {
    const page = await this.#store.list(checkRunFilter(filter));
    return { ...page, items: page.items.map(listed) };
  }

  async cancel(id: string): Promise<Run> {
    for (;;) {
      const run = await this.run(id);
      if (isTerminal(run.state) || run.state === "stopping") return run;
      // The attempt is the token: if another attempt starts meanwhile, the append is stale and the loop reads the run again.
      const type = run.state === "running" ? "stopping" : "cancelled";
      if ((await this.#store.append(id, [{ fact: { type } }], { attempt: run.attempt })) === "stale") continue;
      await this.#engine.cancel(id);
      return this.run(id);
    }
  }

  async remove(id: string): Promise<void> {
    await this.#store.remove(id);
  }

  async artifact(id: string, name: string): Promise<ModelFile> {
    const blob = await this.#store.artifact(id, name);
    if (!blob) throw new DeepaasError("not_found", `The run ${id} has no artifact ${name}.`);
    return this.#blobs.get(blob);
  }

  /** Records that the shutdown lost the runs that did not stop in time. It does not count against their model. */
  async close(): Promise<void> {
    this.#stopTimers();
    for (const id of this.#handled) {
      try {
        const run = await this.#store.get(id);
        if (run?.state !== "running") continue;
        const lost = { fact: { type: "lost", reason: "shutdown" }, counted: false } as const;
        await this.#store.append(id, [lost], { attempt: run.attempt });
      } catch (error) {
        this.#logger.error({ err: error, runId: id }, "the shutdown could not be recorded");
      }
    }
    try {
      const { items } = await this.#store.list({ state: ["queued", "lost"], limit: 1_000 });
      for (const { id: runId, model } of items) {
        this.#logger.info({ runId, model }, "the run continues at the next start, if its store is kept");
      }
    } catch (error) {
      this.#logger.error({ err: error }, "the runs that continue could not be listed");
    }
  }

  /** Never rejects, because it has no caller. */
  async #retain(): Promise<void> {
    try {
      await this.#alone("retain", () => this.#store.retain(this.#retention));
    } catch (error) {
      this.#logger.error({ err: error }, "old runs could not be removed");
    }
  }

  async #sweep(): Promise<void> {
    const olderThanMs = this.#node ? sharedSweepMs : 0;
    try {
      await this.#alone("sweep", async () => this.#blobs.sweep?.((id) => this.#store.isKept(id), { olderThanMs }));
    } catch (error) {
      this.#logger.error({ err: error }, "files that nothing needs could not be deleted");
    }
  }

  /** Of several nodes one does it. */
  async #alone(name: string, work: () => Promise<void>): Promise<void> {
    if (this.#node && this.#store.lead) await this.#store.lead(name, work);
    else await work();
  }

  async #submit(run: QueuedRun): Promise<void> {
    if (!this.#handled.has(run.runId)) await this.#engine.submit(run);
  }
}

/** A page of long results would be read by nobody, and cost everybody. */
function listed(run: Run): Run {
  const { result, ...rest } = run;
  return result !== undefined && isLongerThan(result, maxListedJson) ? { ...rest, resultOmitted: true } : run;
}
