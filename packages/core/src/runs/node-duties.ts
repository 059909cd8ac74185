// What one of several nodes does for all of them, from time to time: it compares the store with the queue.
import type { Logger } from "../contract/logger.ts";
import type { Run } from "../contract/run.ts";
import type { QueuedRun, RunEngine } from "../ports/run-engine.ts";
import type { RunStore } from "../ports/run-store.ts";
import { entryAfterCrash } from "./record.ts";

const pageOf = 1_000;

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
    const { store, engine, logger, models } = this.#options;
    const left = ((await store.left?.()) ?? []).filter(({ model }) => models.has(model));
    const known = await this.#known(left);
    for (const run of left.filter(({ runId }) => !known.has(runId))) {
      logger.info(run, "a run that was in no queue is queued");
      await engine.submit(run);
    }
  }

  /** Two rounds: a node claims a run a moment before or after its engine says that it is handled. */
  async #endAbandoned(): Promise<void> {
    const { store, engine, counted, logger, models } = this.#options;
    const { items } = await store.list({ state: ["running", "stopping"], model: [...models], limit: pageOf });
    const known = await this.#known(items.map(({ id: runId, model }) => ({ runId, model })));
    const unknown = items.filter(({ id }) => !known.has(id));
    const before = this.#unknown;
    this.#unknown = new Set(unknown.map(attemptOf));
    for (const run of unknown.filter((one) => before.has(attemptOf(one)))) {
      const { id: runId, model, attempt } = run;
      const answer = await store.append(runId, [entryAfterCrash(run, counted)], { attempt });
      if (answer === "stale" || run.state === "stopping") continue;
      logger.warn({ runId, attempt }, "no node runs this attempt; the run is queued again");
      await engine.submit({ runId, model });
    }
  }

  async #known(runs: readonly QueuedRun[]): Promise<ReadonlySet<string>> {
    if (runs.length === 0) return new Set();
    return (await this.#options.engine.knows?.(runs)) ?? new Set();
  }
}

function attemptOf({ id, attempt }: Run): string {
  return `${id} ${attempt}`;
}
