// The `Executor` that runs model code in this very process and thread: what a library or a test wants.
import { abortReason } from "../contract/abort-reason.ts";
import { DeepaasError, type ErrorData, errorDataFrom, errorText } from "../contract/error.ts";
import type { Logger } from "../contract/logger.ts";
import type { Model, WarmContext } from "../contract/model.ts";
import {
  type Executor,
  type ExecutorStatus,
  failedOutcome,
  type Outcome,
  type VersionFile,
} from "../ports/executor.ts";
import { guardModelObserver, observerFailed } from "../ports/guard-observer.ts";
import type { ModelObserver, ObservedModelCall } from "../ports/observer.ts";
import { batchContext, predictContext } from "../predict/call-scope.ts";
import { resultOfItem, resultOfPredict, resultOfTrain } from "../predict/result.ts";
import { declarationOf } from "../schema/declare-model.ts";
import { describeModel } from "../schema/describe-model.ts";
import { InlineWeights } from "./inline-weights.ts";

export interface InlineOptions {
  readonly models: Readonly<Record<string, Model>>;
  readonly logger: Logger;
  /** Default: none. */
  readonly observer?: ModelObserver | undefined;
  /** Converts the result of a predict or of an item of a batch. Default `resultOfPredict`. */
  readonly toResult?: typeof resultOfPredict;
  /** The weights that models were warmed with, if that was not done by `warm`. Default: the shipped ones. */
  readonly weights?: Readonly<Record<string, VersionFile>>;
}

interface FailedCall {
  readonly call: { readonly requestId: string; readonly signal: AbortSignal };
  readonly version: number;
}

interface ObservedOf {
  readonly requestId?: string;
  readonly runId?: string;
  readonly traceparent: string | undefined;
}

interface FailedBatch {
  readonly call: FailedCall["call"];
  readonly size: number;
}
type Loose = (args: unknown, context: unknown) => unknown;

export function inlineExecutor(options: InlineOptions): Executor {
  const { models, logger, toResult = resultOfPredict, weights: warmed = {} } = options;
  const names = Object.keys(models);
  let state: ExecutorStatus["state"] = "warming";
  const weights = new Map(names.map((name) => [name, new InlineWeights(warmed[name])]));
  const weightsOf = (name: string) => weights.get(name) as InlineWeights;

  const observe = guardModelObserver(options.observer, logger);

  const method = (name: string, key: ObservedModelCall["method"], call: ObservedOf): Loose => {
    const model = models[name] as Model;
    const found = model[key] as Loose | undefined;
    if (typeof found !== "function") throw new DeepaasError("not_implemented", `Model ${name} has no ${key}.`);
    if (!observe) return found.bind(model);
    const { requestId, runId, traceparent } = call;
    const about = { model: name, method: key, requestId, runId, traceparent };
    return (args, context) => observe(about, () => found.call(model, args, context));
  };

  const outcomeOf = (error: unknown, { call, version }: FailedCall): Outcome => {
    const fail = (data: ErrorData) => failedOutcome(data, { cause: error, version });
    if (isAbortOf(call.signal, error)) return fail(abortReason(call.signal).toData());
    return fail(errorDataFrom(error, "The model failed. See the server's log."));
  };

  // What a model means for its caller is a DeepaasError; anything else is logged here and goes no further.
  const isFault = (error: unknown, { signal }: FailedCall["call"]) =>
    !isAbortOf(signal, error) && (!DeepaasError.is(error) || (error.code === "invalid_response" && !signal.aborted));

  const log = (model: string, error: unknown, { requestId }: FailedCall["call"]) => {
    if (!DeepaasError.is(error)) logger.error({ err: error, model, requestId }, "the model failed");
    else logger.error({ model, requestId, issues: error.issues }, error.message);
  };

  const failed = (model: string, error: unknown, given: FailedCall): Outcome => {
    if (isFault(error, given.call)) log(model, error, given.call);
    return outcomeOf(error, given);
  };

  /** Logs the errors of a batch of `size`. If every call of it failed, each is executed again alone, and logged then. */
  const logBatch = (model: string, errors: readonly unknown[], { call, size }: FailedBatch) => {
    const faults = errors.filter((error) => isFault(error, call));
    const isRetried = size > 1 && errors.length === size;
    if (!isRetried) for (const error of faults) log(model, error, call);
    else if (faults.length > 0) {
      const reason = errorText(faults[0]);
      logger.warn({ model, size, reason }, "a batch failed; its calls are executed one by one");
    }
  };

  return {
    inline: true,
    slots: { predict: Number.POSITIVE_INFINITY, train: 1 },

    async warm(warming) {
      const { signal } = warming;
      const descriptions = await Promise.all(
        names.map(async (name) => {
          const model = models[name] as Model;
          const loaded = await warming.weights(name);
          await warmModel(name, model, { published: loaded?.file, signal });
          weightsOf(name).loaded = loaded;
          return [name, describeModel(name, await declarationOf(name, model))] as const;
        }),
      );
      state = "ready";
      return Object.fromEntries(descriptions);
    },

    status: () => ({ state, reasons: [] }),

    async predict(model, args, call) {
      if (typeof models[model]?.predict !== "function") {
        const { requestId, traceparent, caller } = call;
        const batch = { requestId, traceparent, callers: [caller], signal: call.signal };
        const [outcome] = await this.predictBatch(model, [args], batch);
        return outcome as Outcome;
      }
      const served = weightsOf(model);
      while (served.changing) await served.changing;
      const version = served.enter();
      try {
        return {
          ok: true,
          value: toResult(await method(model, "predict", call)(args, predictContext(call)), args),
          version,
        };
      } catch (error) {
        return failed(model, error, { call, version });
      } finally {
        served.leave();
      }
    },

    async predictBatch(model, argsList, call) {
      const served = weightsOf(model);
      while (served.changing) await served.changing;
      const version = served.enter();
      try {
        const results = (await method(model, "predictBatch", call)(argsList, batchContext(call))) as unknown;
        if (!Array.isArray(results) || results.length !== argsList.length) {
          throw new DeepaasError("invalid_response", "The model did not give one result for each call of the batch.");
        }
        const errors: unknown[] = [];
        const outcomes = argsList.map((args, i): Outcome => {
          try {
            const result: unknown = results[i];
            if (result instanceof Error) throw result;
            return { ok: true, value: toResult(result, args), version };
          } catch (error) {
            errors.push(error);
            return outcomeOf(error, { call, version });
          }
        });
        logBatch(model, errors, { call, size: argsList.length });
        return outcomes;
      } catch (error) {
        logBatch(
          model,
          argsList.map(() => error),
          { call, size: argsList.length },
        );
        const outcome = outcomeOf(error, { call, version });
        return argsList.map(() => outcome);
      } finally {
        served.leave();
      }
    },

    async *predictStream(model, args, call) {
      const served = weightsOf(model);
      while (served.changing) await served.changing;
      const version = served.enter();
      try {
        const parts = method(model, "predictStream", call)(args, predictContext(call)) as AsyncIterable<unknown>;
        for await (const part of parts) {
          yield { ok: true, value: resultOfItem(part), version };
        }
      } catch (error) {
        yield failed(model, error, { call, version });
      } finally {
        served.leave();
      }
    },

    async train({ runId, model, args, caller, attempt, resumeFrom, traceparent }, call) {
      const { signal, report, log, checkpoint, artifact, publish } = call;
      try {
        const run = { runId, caller, attempt, resumeFrom, signal, report, log, checkpoint, artifact, publish };
        const result = await method(model, "train", { runId, traceparent })(args, run);
        return { ok: true, value: resultOfTrain(result, (text) => log(text, "warning")) };
      } catch (error) {
        if (DeepaasError.is(error)) {
          const { code, issues } = error;
          if (code === "invalid_response") logger.error({ model, runId, issues }, error.message);
          return failedOutcome(errorDataFrom(error), { cause: error });
        }
        if (!signal.aborted) logger.error({ err: error, model, runId }, "the training failed");
        return failedOutcome({ code: "internal", message: messageOf(error) }, { cause: error });
      }
    },

    async refresh(model, next, record) {
      const target = models[model];
      const load = async (version: VersionFile | undefined) => {
        if (target?.reload) await target.reload(version?.file);
        else await target?.warm?.({ published: version?.file, signal: new AbortController().signal });
      };
      await weightsOf(model).change(next, { load, record, keepsPrevious: target?.reload !== undefined });
    },

    async close() {
      if (state === "closed") return;
      state = "closed";
      for (const name of names) {
        try {
          await models[name]?.close?.();
        } catch (error) {
          logger.error({ err: error, model: name }, "the model failed to close");
        }
      }
      await options.observer?.close?.().catch((err: unknown) => logger.error({ err, hook: "close" }, observerFailed));
    },
  };
}

/** True if the error is the abort of the call: the caller left or its time is over, and the model did as it should. */
function isAbortOf(signal: AbortSignal, error: unknown): boolean {
  if (!signal.aborted) return false;
  const { name, cause } = (error ?? {}) as { readonly name?: unknown; readonly cause?: unknown };
  return error === signal.reason || (name === "AbortError" && cause === signal.reason);
}

/** Rejects with the model's name if it cannot be warmed. */
export async function warmModel(name: string, model: Model, context: WarmContext): Promise<void> {
  try {
    await model.warm?.(context);
  } catch (error) {
    throw new Error(`Model ${name} could not be warmed: ${messageOf(error)}`, { cause: error });
  }
}

/** The first line of an error's message, without the folders of any path in it. */
function messageOf(error: unknown): string {
  return errorText(error).replace(/(?<![\w:/])(?:file:\/\/)?(?:\/[^\s/'"]+)+\/(?=[^\s/'"]+)/g, "");
}
