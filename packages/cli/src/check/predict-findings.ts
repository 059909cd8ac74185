// Calls a model in a worker as a server does, with its example arguments and their limits.
import {
  DeepaasError,
  type ErrorData,
  errorDataFrom,
  type Host,
  isModelFile,
  type JsonValue,
  type ModelDescription,
  type ModelFile,
} from "@deepaas/core";
import type { Advice } from "./advice.ts";
import { type CapturedLog, causeOf, thrownText } from "./captured-log.ts";
import { duration, type Finding, ok, placeOf } from "./finding.ts";
import type { CallArgs, Variation } from "./variations.ts";

export interface ServedModel {
  readonly host: Host;
  readonly name: string;
  /** Of its module. */
  readonly path: string;
  readonly description: ModelDescription;
  readonly log: CapturedLog;
  readonly timeoutMs: number;
  readonly advice: Advice;
}

export interface CheckedPredict {
  readonly findings: readonly Finding[];
  /** Time of the longest call that succeeded. */
  readonly longestMs: number;
  /** Every call has succeeded. */
  readonly isSound: boolean;
}

/** A stream is read up to this many items. */
const maxItems = 10_000;

interface Failure {
  readonly error: ErrorData;
  readonly cause: string;
}

/** `variations`: the first one is the example, without which the others are not called. */
export async function checkPredict(served: ServedModel, variations: readonly Variation[]): Promise<CheckedPredict> {
  const findings: Finding[] = [];
  let longestMs = 0;
  let count = 0;
  for (const { title, pointer, args } of variations) {
    const startedAt = performance.now();
    const failure = await failureOf(served, args);
    if (failure) {
      findings.push(failureFinding(failure, { title, pointer }, served.advice));
      if (pointer === "") return { findings, longestMs, isSound: false };
      if (failure.error.code === "deadline_exceeded" || failure.error.code === "unavailable") break;
      continue;
    }
    count++;
    longestMs = Math.max(longestMs, performance.now() - startedAt);
  }
  const { has } = served.description;
  const [example] = variations;
  if (has.predict && has.predictStream && example) {
    const failure = await failureOf(served, example.args, "predictStream");
    const as = { title: "the example arguments, as a stream", pointer: "" };
    if (failure) findings.push(failureFinding(failure, as, served.advice));
  }
  const isSound = findings.length === 0;
  const calls = `${count} call${count === 1 ? "" : "s"}, the longest ${duration(longestMs)}`;
  const plan = "the example arguments, their limits and choices, without each optional one";
  if (!findings.some(({ check }) => check === "predict")) findings.push(ok("predict", `${calls}: ${plan}`));
  if (!findings.some(({ check }) => check === "result")) {
    const text = served.description.response ? "every result matches the schema" : "every result has a JSON form";
    findings.push(ok("result", text));
  }
  return { findings, longestMs, isSound };
}

async function failureOf(
  served: ServedModel,
  args: CallArgs,
  by: "predict" | "predictStream" = served.description.has.predict ? "predict" : "predictStream",
): Promise<Failure | undefined> {
  const { host, name, log, path, timeoutMs } = served;
  log.take();
  try {
    if (by === "predict") await read(await host.predict(name, args, { timeoutMs }));
    else await readStream(host.predictStream(name, args, { timeoutMs }));
    return undefined;
  } catch (thrown) {
    if (!DeepaasError.is(thrown)) throw thrown;
    const error = errorDataFrom(thrown);
    return { error, cause: causeOf(error, log.take(), path) };
  }
}

async function read(result: JsonValue | ModelFile): Promise<void> {
  if (isModelFile(result)) await result.bytes();
}

async function readStream(items: AsyncIterable<JsonValue>): Promise<void> {
  let count = 0;
  for await (const _item of items) if (++count === maxItems) return;
}

function failureFinding(
  { error, cause }: Failure,
  { title, pointer }: Pick<Variation, "title" | "pointer">,
  { latePredict, refusal }: Advice,
): Finding {
  const place = placeOf("predict", pointer);
  if (error.code === "invalid_response") {
    const hint = "return what schema says, or correct schema";
    return { check: "result", status: "error", place, message: `${withTitle(title)} ${cause}`, hint };
  }
  if (error.code === "invalid_args") {
    // The schema allows them: the model itself has thrown it.
    const hint =
      pointer === ""
        ? "pass arguments with --args, or give the fields examples"
        : "say so in the field, if a schema can";
    return {
      check: "predict",
      status: "warning",
      place,
      message: `the call is refused ${withTitle(title)}: ${cause}`,
      hint,
    };
  }
  if (error.code === "deadline_exceeded") {
    const hint = `${latePredict}; --timeout gives it more time`;
    return { check: "predict", status: "error", place, message: `did not return in time ${withTitle(title)}`, hint };
  }
  const hint =
    error.code === "worker_lost"
      ? "a call must not end its process"
      : `handle every value that the field allows, or restrict the field; ${refusal}`;
  return { check: "predict", status: "error", place, message: `failed ${withTitle(title)}: ${cause}`, hint };
}

/** To be called when the worker has ended: then everything that it logged has been read. */
export function rejectionFindings({ rejections }: CapturedLog, modulePath: string): readonly Finding[] {
  const [first] = rejections;
  if (rejections.length === 0) return [];
  const message = `a promise was rejected and nobody awaits it: ${thrownText(first, modulePath)}`;
  const hint = "await every promise, or catch its error";
  return [{ check: "predict", status: "warning", place: "", message, hint }];
}

/** `with /n = 0 (its minimum)`, `without /n`. */
function withTitle(title: string): string {
  return title.startsWith("without ") ? title : `with ${title}`;
}
