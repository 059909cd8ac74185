// An executor whose models can be loaded anew: each reload takes the next code.
import { inlineExecutor } from "../in-memory/inline-executor.ts";
import { type Model, silentLogger } from "../index.ts";
import type { Executor, LoadedCode } from "../ports/executor.ts";

export interface Reloadable {
  readonly executor: Executor;
  /** What was done with each code, in order: "1 loads", "1 commits", "0 is drained", "1 is discarded". */
  readonly steps: readonly string[];
}

interface ReloadableOptions {
  /** Predicts at once, of each code. */
  readonly slots?: number;
  /** Awaited before the code is warmed. */
  readonly loading?: (signal: AbortSignal) => Promise<void>;
  readonly descriptions?: (given: LoadedCode["descriptions"]) => LoadedCode["descriptions"];
}

/** `codes`: the model m, as each version of its code makes it. */
export function reloadable(codes: readonly Model[], options: ReloadableOptions = {}): Reloadable {
  const { slots: predict = 1, loading, descriptions = (given) => given } = options;
  const slots = { predict, train: 1 };
  const steps: string[] = [];
  const executors = codes.map((m) => ({ ...inlineExecutor({ models: { m }, logger: silentLogger }), slots }));
  let current = 0;
  let newest = 0;
  const served = () => executors[current] as Executor;
  const [first] = executors as [Executor];
  const executor: Executor = {
    ...first,
    inline: false,
    status: () => served().status(),
    train: (job, call) => served().train(job, call),
    refresh: (model, weights, record) => served().refresh(model, weights, record),
    async reloadCode({ signal }) {
      const index = ++newest;
      steps.push(`${index} loads`);
      await loading?.(signal);
      const loaded = executors[index] as Executor;
      return {
        descriptions: descriptions(await loaded.warm({ signal, weights: async () => undefined })),
        predictor: loaded,
        commit(drained) {
          const previous = current;
          current = index;
          steps.push(`${index} commits`);
          void drained.then(() => steps.push(`${previous} is drained`));
        },
        discard: async () => void steps.push(`${index} is discarded`),
      };
    },
  };
  return { executor, steps };
}
