// Starts a training, waits until it reports progress, and cancels it.
import { errorText, isTerminal, type RunEvent, settlesWithin } from "@deepaas/core";
import { thrownText } from "./captured-log.ts";
import { duration, type Finding, ok } from "./finding.ts";
import type { ServedModel } from "./predict-findings.ts";
import type { CallArgs } from "./variations.ts";

/** `graceMs`: how long the training may take to stop. */
export async function checkTrain(served: ServedModel, args: CallArgs, graceMs: number): Promise<readonly Finding[]> {
  const { host, name, log, timeoutMs } = served;
  log.take();
  const startedAt = performance.now();
  const { id } = await host.train(name, args);
  const events: RunEvent[] = [];
  const reading = read(served, id, events);
  await settlesWithin(timeoutMs, reading.progressed);
  const hasReported = events.some(({ type }) => type === "progress");
  const tookMs = performance.now() - startedAt;
  let stopMs: number | undefined;
  if (!events.some(({ type }) => isTerminal(type))) {
    const cancelledAt = performance.now();
    await host.cancel(id);
    // Longer than the grace time: then the worker is killed.
    await settlesWithin(graceMs + timeoutMs, reading.ended);
    stopMs = performance.now() - cancelledAt;
  }
  return findingsFrom(served, events, { hasReported, tookMs, stopMs, graceMs });
}

function read({ host }: ServedModel, id: string, events: RunEvent[]) {
  const progressed = Promise.withResolvers<void>();
  const work = async () => {
    for await (const event of host.watch(id)) {
      events.push(event);
      if (event.type === "progress") progressed.resolve();
    }
  };
  // The host is closed if it does not end: what has been read counts.
  const ended = work()
    .catch(() => {})
    .finally(() => progressed.resolve());
  return { progressed: progressed.promise, ended };
}

interface Course {
  readonly hasReported: boolean;
  /** Until the first report, the end, or the cancel. */
  readonly tookMs: number;
  /** From the cancel to the end. Undefined: it ended by itself. */
  readonly stopMs: number | undefined;
  readonly graceMs: number;
}

function findingsFrom(served: ServedModel, events: readonly RunEvent[], course: Course): readonly Finding[] {
  const { hasReported, tookMs, stopMs, graceMs } = course;
  const entries = served.log.take();
  const last = events.at(-1);
  const findings: Finding[] = [];
  if (last?.type === "failed") {
    const thrown = entries.findLast(({ fields }) => fields.err !== undefined)?.fields.err;
    const cause = thrown === undefined ? last.error.message : thrownText(thrown, served.path);
    const hint = "pass arguments with --train-args, or correct train";
    return [{ check: "train", status: "error", place: "train", message: `failed: ${errorText(cause)}`, hint }];
  }
  const lost = events.find(({ type }) => type === "lost");
  const killed = entries.find(({ message }) => message === "worker lost");
  if (stopMs !== undefined && killed) {
    const stopped = `did not stop within ${duration(graceMs)} after it was cancelled`;
    const hint = served.advice.lateTraining;
    findings.push({ check: "train", status: "error", place: "train", message: stopped, hint });
  } else if (lost?.type === "lost") {
    const hint = "a training must not end its process";
    findings.push({ check: "train", status: "error", place: "train", message: `was lost: ${lost.reason}`, hint });
  } else if (last === undefined || !isTerminal(last.type)) {
    const hint = served.advice.lateTraining;
    findings.push({
      check: "train",
      status: "error",
      place: "train",
      message: "did not end after it was cancelled",
      hint,
    });
  }
  if (!hasReported) {
    const hint = served.advice.progress;
    const message = `reported no progress in ${duration(tookMs)}`;
    findings.push({ check: "train", status: "warning", place: "train", message, hint });
  }
  if (findings.length > 0) return findings;
  const end =
    stopMs === undefined
      ? "it ended before it was cancelled"
      : `it stopped in ${duration(stopMs)} when it was cancelled`;
  return [ok("train", `reported progress after ${duration(tookMs)}; ${end}`)];
}
