// What one of several nodes does for all of them, from time to time: it compares the store with the queue.
import type { Logger } from "../contract/logger.ts";
import type { Run, RunState } from "../contract/run.ts";
import type { RunEngine } from "../ports/run-engine.ts";
import type { RunStore } from "../ports/run-store.ts";
import { entryAfterCrash } from "./record.ts";
import { runPages } from "./run-pages.ts";

/** With their arguments, which may be long. */
const pageOf = 200;

export interface NodeDutiesOptions {
  readonly store: RunStore;
  readonly engine: RunEngine;
  readonly logger: Logger;
  /** Models run in the processes of the nodes: a node that died may be their doing. */
  readonly counted: boolean;
  /** The served models. */
  readonly models: ReadonlySet<string>;
}

/**
 * A run can be in the store and not in the engine: a node died between `create` and `submit`, or the queue was lost. A run can
 * be running in the store, and its node is gone with its lease.
 */
export class NodeDuties {
  readonly #options: NodeDutiesOptions;
  /** Running attempts that the engine did not know in the round before. */
  #unknown: ReadonlySet<string> = new Set();

  constructor(options: NodeDutiesOptions) {
    this.#options = options;
  }

  /** Never rejects: the next round repeats it. */
  async reconcile(): Promise<void> {
    const { store, logger } = this.#options;
    try {
      await store.lead?.("reconcile", async () => {
        await this.#submitLeft();
        await this.#endAbandoned();
      });
    } catch (error) {
      logger.error({ err: error }, "the store and the queue could not be compared");
    }
  }

  async #submitLeft(): Promise<void> {
    const { engine, logger } = this.#options;
    for await (const runs of this.#pages(["queued", "lost"])) {
      const known = await this.#known(runs);
      for (const { id: runId, model } of runs) {
        if (known.has(runId)) continue;
        logger.info({ runId, model }, "a run that was in no queue is queued");
        await engine.submit({ runId, model });
      }
    }
  }

  /** Two rounds: a node claims a run a moment before or after its engine says that it is handled. */
  async #endAbandoned(): Promise<void> {
    const before = this.#unknown;
    const unknown = new Set<string>();
    for await (const runs of this.#pages(["running", "stopping"])) {
      const known = await this.#known(runs);
      for (const run of runs.filter(({ id }) => !known.has(id))) {
        unknown.add(attemptOf(run));
        if (before.has(attemptOf(run))) await this.#endAttempt(run);
      }
    }
    this.#unknown = unknown;
  }

  async #endAttempt(run: Run): Promise<void> {
    const { store, engine, counted, logger } = this.#options;
    const { id: runId, model, attempt } = run;
    const answer = await store.append(runId, [entryAfterCrash(run, counted)], { attempt });
    if (answer === "stale" || run.state === "stopping") return;
    logger.warn({ runId, attempt }, "no node runs this attempt; the run is queued again");
    await engine.submit({ runId, model });
  }

  /** Oldest first, as they were queued. */
  #pages(state: readonly RunState[]): AsyncIterable<readonly Run[]> {
    const { store, models } = this.#options;
    return runPages((filter) => store.list(filter), { state, model: [...models], limit: pageOf });
  }

  async #known(runs: readonly Run[]): Promise<ReadonlySet<string>> {
    if (runs.length === 0) return new Set();
    return (await this.#options.engine.knows?.(runs.map(({ id: runId, model }) => ({ runId, model })))) ?? new Set();
  }
}

function attemptOf({ id, attempt }: Run): string {
  return `${id} ${attempt}`;
}
