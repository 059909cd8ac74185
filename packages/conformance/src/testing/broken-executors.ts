// Executors, each broken in one way, with the requirement that it violates.
import type { Executor, Outcome } from "@deepaas/core/ports";
import type { Broken } from "./broken.ts";
import { reloading } from "./reloading-executor.ts";

const crashed: Outcome = { ok: false, error: { code: "internal", message: "crashed" } };

export const brokenExecutors: readonly Broken<Executor>[] = [
  [
    "settles before the work has stopped",
    "train.signal",
    (executor) => ({
      ...executor,
      train: (job, call) =>
        Promise.race([
          executor.train(job, call),
          new Promise<Outcome>((resolve) => call.signal.addEventListener("abort", () => resolve(crashed))),
        ]),
    }),
  ],
  [
    "drops reports",
    "train.reports",
    (executor) => ({ ...executor, train: (job, call) => executor.train(job, { ...call, report() {} }) }),
  ],
  [
    "drops the checkpoint",
    "train.job",
    (executor) => ({
      ...executor,
      train: (job, call) => executor.train({ ...job, resumeFrom: undefined }, call),
    }),
  ],
  [
    "drops the caller",
    "predict.context",
    (executor) => ({
      ...executor,
      predict: (model, args, call) => executor.predict(model, args, { ...call, caller: undefined }),
    }),
  ],
  [
    "reverses the callers of a batch",
    "batch.callers",
    (executor) => ({
      ...executor,
      predictBatch: (model, argsList, call) =>
        executor.predictBatch(model, argsList, { ...call, callers: call.callers.toReversed() }),
    }),
  ],
  ["never refreshes", "refresh.reload", (executor) => ({ ...executor, refresh: async () => {} })],
  [
    "requests the whole stream at once",
    "stream.pull",
    (executor) => ({
      ...executor,
      async *predictStream(model, args, call) {
        yield* await Array.fromAsync(executor.predictStream(model, args, call));
      },
    }),
  ],
  [
    "drops the calls of the code before",
    "code.commit",
    (executor) => {
      let isCommitted = false;
      const onCommit = () => {
        isCommitted = true;
      };
      const predict: Executor["predict"] = (...call) =>
        isCommitted ? Promise.resolve(crashed) : executor.predict(...call);
      return { ...reloading(executor, { onCommit }), predict };
    },
  ],
  [
    "lets no weights change after a discard",
    "code.discard",
    (executor) => reloading(executor, { holdsAfterDiscard: true }),
  ],
  [
    "loads new code with the shipped weights",
    "code.weights",
    (executor) => {
      const predict = async (): Promise<Outcome> => ({ ok: true, value: { weights: "shipped" }, version: 0 });
      return reloading(executor, { predict });
    },
  ],
  [
    "ends trainings at the commit",
    "code.training",
    (executor) => {
      const committed = Promise.withResolvers<Outcome>();
      const train: Executor["train"] = (...training) => Promise.race([executor.train(...training), committed.promise]);
      return { ...reloading(executor, { onCommit: () => committed.resolve(crashed) }), train };
    },
  ],
];
