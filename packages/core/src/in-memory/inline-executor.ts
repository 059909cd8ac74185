// The `Executor` that runs model code in this very process and thread: what a library or a test wants.
import { abortReason } from "../contract/abort-reason.ts";
import { DeepaasError, errorDataFrom, errorText } from "../contract/error.ts";
import type { Logger } from "../contract/logger.ts";
import type { Model, WarmContext } from "../contract/model.ts";
import { type Executor, type ExecutorStatus, failedOutcome, type Outcome } from "../ports/executor.ts";
import { batchContext, predictContext } from "../predict/call-scope.ts";
import { resultOfItem, resultOfPredict, resultOfTrain } from "../predict/result.ts";
import { declarationOf } from "../schema/declare-model.ts";
import { describeModel } from "../schema/describe-model.ts";

export interface InlineOptions {
  readonly models: Readonly<Record<string, Model>>;
  readonly logger: Logger;
  /** Converts the result of a predict or of an item of a batch. Default `resultOfPredict`. */
  readonly toResult?: typeof resultOfPredict;
}

type FailedCall = { readonly requestId: string; readonly signal: AbortSignal };
type Loose = (args: unknown, context: unknown) => unknown;

export function inlineExecutor(options: InlineOptions): Executor {
  const { models, logger, toResult = resultOfPredict } = options;
  const names = Object.keys(models);
  let state: ExecutorStatus["state"] = "warming";

  const method = (name: string, key: "predict" | "predictBatch" | "predictStream" | "train"): Loose => {
    const model = models[name] as Model;
    const found = model[key] as Loose | undefined;
    if (typeof found !== "function") throw new DeepaasError("not_implemented", `Model ${name} has no ${key}.`);
    return found.bind(model);
  };

  // What a model means for its caller is a DeepaasError; anything else is logged here and goes no further.
  const failed = (model: string, error: unknown, call: FailedCall): Outcome => {
    if (isAbortOf(call.signal, error)) return failedOutcome(abortReason(call.signal).toData(), error);
    const { requestId } = call;
    if (!DeepaasError.is(error)) logger.error({ err: error, model, requestId }, "the model failed");
    else if (error.code === "invalid_response" && !call.signal.aborted)
      logger.error({ model, requestId, issues: error.issues }, error.message);
    return failedOutcome(errorDataFrom(error, "The model failed. See the server's log."), error);
  };

  return {
    inline: true,
    slots: { predict: Number.POSITIVE_INFINITY, train: 1 },

    async warm({ signal, published }) {
      const descriptions = await Promise.all(
        names.map(async (name) => {
          const model = models[name] as Model;
          await warmModel(name, model, { published: await published(name), signal });
          return [name, describeModel(name, await declarationOf(name, model))] as const;
        }),
      );
      state = "ready";
      return Object.fromEntries(descriptions);
    },

    status: () => ({ state, reasons: [] }),

    async predict(model, args, call) {
      try {
        if (typeof models[model]?.predict !== "function") {
          const { requestId, traceparent, caller } = call;
          const batch = { requestId, traceparent, callers: [caller], signal: call.signal };
          const [outcome] = await this.predictBatch(model, [args], batch);
          return outcome as Outcome;
        }
        return { ok: true, value: toResult(await method(model, "predict")(args, predictContext(call)), args) };
      } catch (error) {
        return failed(model, error, call);
      }
    },

    async predictBatch(model, argsList, call) {
      try {
        const results = (await method(model, "predictBatch")(argsList, batchContext(call))) as unknown;
        if (!Array.isArray(results) || results.length !== argsList.length) {
          throw new DeepaasError("invalid_response", "The model did not give one result for each call of the batch.");
        }
        return argsList.map((args, i): Outcome => {
          try {
            const result: unknown = results[i];
            if (result instanceof Error) throw result;
            return { ok: true, value: toResult(result, args) };
          } catch (error) {
            return failed(model, error, call);
          }
        });
      } catch (error) {
        const outcome = failed(model, error, call);
        return argsList.map(() => outcome);
      }
    },

    async *predictStream(model, args, call) {
      try {
        const parts = method(model, "predictStream")(args, predictContext(call)) as AsyncIterable<unknown>;
        for await (const part of parts) {
          yield { ok: true, value: resultOfItem(part) };
        }
      } catch (error) {
        yield failed(model, error, call);
      }
    },

    async train({ runId, model, args, caller, attempt, resumeFrom }, call) {
      const { signal, report, log, checkpoint, artifact, publish } = call;
      try {
        const run = { runId, caller, attempt, resumeFrom, signal, report, log, checkpoint, artifact, publish };
        const result = await method(model, "train")(args, run);
        return { ok: true, value: resultOfTrain(result, (text) => log(text, "warning")) };
      } catch (error) {
        if (DeepaasError.is(error)) {
          const { code, issues } = error;
          if (code === "invalid_response") logger.error({ model, runId, issues }, error.message);
          return failedOutcome(errorDataFrom(error), error);
        }
        if (!signal.aborted) logger.error({ err: error, model, runId }, "the training failed");
        return failedOutcome({ code: "internal", message: messageOf(error) }, error);
      }
    },

    async refresh(model, published) {
      const target = models[model];
      if (published && target?.reload) await target.reload(published);
      else await target?.warm?.({ published, signal: new AbortController().signal });
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
