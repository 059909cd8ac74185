// Workers of several programs, such as Node.js and a Python, as one executor: a call goes to the workers of its model.
import type { Executor, LoadedCode, Predictor } from "@deepaas/core/ports";
import type { Workers } from "./workers-executor.ts";

export interface WorkersPart {
  readonly models: readonly string[];
  readonly workers: Workers;
}

export function joinWorkers(parts: readonly WorkersPart[]): Workers {
  const all = parts.map(({ workers }) => workers);
  const byModel = new Map(parts.flatMap(({ models, workers }) => models.map((model) => [model, workers] as const)));
  const of = (model: string): Workers => {
    const found = byModel.get(model);
    if (!found) throw new Error(`There is no model ${model}.`);
    return found;
  };

  return {
    ...joinPredictors(all, of),

    async warm(options) {
      const descriptions = await Promise.all(all.map((one) => one.warm(options)));
      return Object.assign({}, ...descriptions);
    },

    status: () => joinStatus(all.map((one) => one.status())),

    stats() {
      const stats = all.map((one) => one.stats?.() ?? { workers: [], lostWorkers: {} });
      const lostWorkers: Record<string, number> = {};
      for (const [reason, count] of stats.flatMap((one) => Object.entries(one.lostWorkers))) {
        lostWorkers[reason] = (lostWorkers[reason] ?? 0) + count;
      }
      return {
        workers: stats.flatMap(({ workers }) => workers),
        lostWorkers: lostWorkers as unknown as ReturnType<NonNullable<Executor["stats"]>>["lostWorkers"],
      };
    },

    // Each of them has it.
    prepareTrain: (run, options) => (of(run.model) as Required<Workers>).prepareTrain(run, options),
    train: (job, call) => of(job.model).train(job, call),
    refresh: (model, weights, record) => of(model).refresh(model, weights, record),
    reloadCode: (options) => reloadAll(parts, options),

    async close() {
      await Promise.all(all.map((one) => one.close()));
    },

    // They share the lines.
    debugOutput: () => all[0]?.debugOutput() ?? "",
    pids: () => all.flatMap((one) => one.pids()),
    files: () => Object.assign({}, ...all.map((one) => one.files())),
  };
}

function joinPredictors(all: readonly Predictor[], of: (model: string) => Predictor): Predictor {
  const sum = (kind: "predict" | "train") => all.reduce((count, { slots }) => count + slots[kind], 0);
  return {
    slots: { predict: sum("predict"), train: sum("train") },
    takesAhead: (model) => of(model).takesAhead?.(model) ?? false,
    predict: (model, args, call) => of(model).predict(model, args, call),
    predictBatch: (model, argsList, call) => of(model).predictBatch(model, argsList, call),
    predictStream: (model, args, call) => of(model).predictStream(model, args, call),
  };
}

function joinStatus(all: readonly ReturnType<Executor["status"]>[]): ReturnType<Executor["status"]> {
  const order = ["closed", "warming", "degraded", "ready"] as const;
  const state = order.find((one) => all.some((status) => status.state === one)) ?? "ready";
  return { state, reasons: all.flatMap(({ reasons }) => reasons) };
}

/** If the code of one cannot be loaded, that of the others is discarded. */
async function reloadAll(
  parts: readonly WorkersPart[],
  options: { readonly signal: AbortSignal },
): Promise<LoadedCode> {
  const loading = await Promise.allSettled(
    parts.map(({ workers }) => (workers as Required<Workers>).reloadCode(options)),
  );
  const loaded = loading.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const discard = async () => {
    await Promise.all(loaded.map((one) => one.discard()));
  };
  const failed = loading.find((one) => one.status === "rejected");
  if (failed) {
    await discard();
    throw failed.reason;
  }
  const byModel = new Map(
    parts.flatMap(({ models }, i) => models.map((model) => [model, loaded[i]?.predictor] as const)),
  );
  return {
    descriptions: Object.assign({}, ...loaded.map(({ descriptions }) => descriptions)),
    predictor: joinPredictors(
      loaded.map(({ predictor }) => predictor),
      (model) => byModel.get(model) as Predictor,
    ),
    commit(drained) {
      for (const one of loaded) one.commit(drained);
    },
    discard,
  };
}
