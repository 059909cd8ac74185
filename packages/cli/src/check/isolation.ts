// Runs in the process of the model: whether calls see each other, and whether the model changes the arguments of its caller.
import { createHash } from "node:crypto";
import {
  canonicalJson,
  createHost,
  errorDataFrom,
  isModelFile,
  isObject,
  type JsonValue,
  type Model,
  type ModelFile,
  pointerStep,
  silentLogger,
} from "@deepaas/core";
import { capturedLog, causeOf } from "./captured-log.ts";
import { unpackArgs } from "./packed-args.ts";
import type { ChoiceQuestion, IsolationQuestion, IsolationReply } from "./probe-messages.ts";

type Args = Readonly<Record<string, unknown>>;

/** A call that fails in another way than by a refusal is accepted: a call in a worker says what is wrong. */
export async function firstAccepted(model: Model, { bases }: ChoiceQuestion): Promise<{ readonly index: number }> {
  await using host = await createHost({ models: { model: warmed(model) }, logger: silentLogger });
  for (const [index, args] of bases.entries()) {
    try {
      await host.predict("model", unpackArgs(args));
      return { index };
    } catch (error) {
      if (errorDataFrom(error).code !== "invalid_args") return { index };
    }
  }
  return { index: 0 };
}

/** Rejects if a call fails. `model` is warm. */
export async function isolation(
  model: Model,
  { first, second, marks, path }: IsolationQuestion,
): Promise<IsolationReply> {
  const log = capturedLog();
  await using host = await createHost({ models: { model: warmed(model) }, logger: log.logger });
  const call = async (args: Args) => {
    try {
      return await textOf(await host.predict("model", args));
    } catch (error) {
      throw new Error(causeOf(errorDataFrom(error), log.take(), path), { cause: error });
    }
  };
  const own = unpackArgs(first);
  const alone = await call(own);
  const changedValue = changedPlace(own, unpackArgs(first), "");
  const again = await call(unpackArgs(first));
  const otherAlone = await call(unpackArgs(second));
  // Of three calls the last two are one batch of a model with predictBatch.
  const calls = [call(unpackArgs(first)), call(unpackArgs(first)), call(unpackArgs(second))] as const;
  const [, together, otherTogether] = await Promise.all(calls);
  const firsts = [alone, again, together];
  const others = [otherAlone, otherTogether];
  const repeats = alone === again;
  const swapped = alone !== otherAlone && (together === otherAlone || otherTogether === alone);
  return {
    differs: alone !== otherAlone,
    repeats,
    mixes: (repeats && (together !== alone || otherTogether !== otherAlone)) || swapped,
    leaks: marks !== undefined && (has(firsts, marks.second) || has(others, marks.first)),
    changed: changedValue ?? (await changedFrozen(unpackArgs(first), call)),
  };
}

/** The model without `warm` and `close`. */
function warmed(model: Model): Model {
  const members = ["predict", "predictBatch", "getPredictArgs"] as const;
  const methods = members.flatMap((member) => {
    const method = model[member] as ((...args: readonly unknown[]) => unknown) | undefined;
    return method ? [[member, method.bind(model)] as const] : [];
  });
  return { ...Object.fromEntries(methods), schema: model.schema ?? null } as Model;
}

function has(results: readonly string[], text: string): boolean {
  return results.some((one) => one.includes(text));
}

async function textOf(value: JsonValue | ModelFile): Promise<string> {
  if (!isModelFile(value)) return canonicalJson(value);
  return createHash("sha256")
    .update(await value.bytes())
    .digest("hex");
}

/** Only what is in lists and objects is shared with the caller. */
function changedPlace(after: unknown, before: unknown, pointer: string): string | undefined {
  if (isModelFile(before)) return undefined;
  if (Array.isArray(before) && Array.isArray(after) && before.length !== after.length) return pointer;
  if ((isObject(before) && isObject(after)) || (Array.isArray(before) && Array.isArray(after))) {
    const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
    for (const key of keys) {
      const step = pointer + pointerStep(key);
      const found = changedPlace((after as Args)[key], (before as Args)[key], step);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return Object.is(after, before) ? undefined : pointer;
}

/** A write that leaves a value as it was, such as sorting a sorted list, is only seen if the arguments are frozen. */
async function changedFrozen(args: Args, call: (args: Args) => Promise<string>): Promise<string | undefined> {
  const nested = Object.entries(args).filter(([, value]) => typeof value === "object" && !isModelFile(value));
  for (const [name, value] of nested) {
    if (Array.isArray(value) && value.some(isModelFile)) continue;
    try {
      await call({ ...args, [name]: frozen(value) });
    } catch {
      // It accepted the same value before.
      return pointerStep(name);
    }
  }
  return undefined;
}

function frozen<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    for (const one of Object.values(value)) frozen(one);
    Object.freeze(value);
  }
  return value;
}
