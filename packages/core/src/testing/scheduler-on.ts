// A scheduler on an executor whose calls the test ends.
import type { ExecutorCall, Outcome } from "../ports/executor.ts";
import type { HostObserver } from "../ports/observer.ts";
import { type Lane, PredictScheduler } from "../predict/scheduler.ts";

type Args = Readonly<Record<string, unknown>>;

interface Execution {
  readonly model: string;
  readonly args: readonly Args[];
  readonly batch: boolean;
  readonly call: Pick<ExecutorCall, "signal" | "requestId" | "traceparent">;
  /** Ends it: with an outcome for each of its arguments, the same for all, or an error. */
  end(outcome?: Outcome | readonly Outcome[] | Error): void;
}

const ok = (value: unknown): Outcome => ({ ok: true, value });

export function schedulerOn(slots: number, observer?: HostObserver, takesAhead?: (model: string) => boolean) {
  const executions: Execution[] = [];
  const run = (model: string, args: readonly Args[], call: ExecutorCall, batch: boolean) =>
    new Promise<readonly Outcome[]>((resolve, reject) => {
      executions.push({
        model,
        args,
        batch,
        call,
        end(outcome = ok("done")) {
          if (outcome instanceof Error) reject(outcome);
          else resolve("ok" in outcome ? args.map(() => outcome) : outcome);
        },
      });
    });
  const executor = {
    slots: { predict: slots, train: 1 },
    takesAhead,
    predict: async (model: string, args: Args, call: ExecutorCall) => {
      const [outcome] = await run(model, [args], call, false);
      return outcome as Outcome;
    },
    predictBatch: (model: string, list: readonly Args[], call: ExecutorCall) => run(model, list, call, true),
  };
  const scheduler = new PredictScheduler(executor as never, observer);
  const lane = (options: Partial<Lane> = {}) =>
    scheduler.addLane({ model: "m", concurrency: Number.POSITIVE_INFINITY, queue: 100, maxBatch: 1, ...options });
  return { scheduler, lane, executions, started: () => executions.map(({ model, args }) => `${model} ${args.length}`) };
}
