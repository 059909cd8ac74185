// An export for TensorBoard: a directory with one sub-directory and event file for each run.
import { join } from "node:path";
import { isName, type Run, type RunEvent } from "@deepaas/core";
import { CliError } from "../cli-error.ts";
import type { ExportedRun } from "./exported-run.ts";
import { LogText } from "./log-text.ts";
import type { StagedFiles } from "./staged-files.ts";
import { type EventPlace, fileVersionEvent, restartEvent, scalarsEvent, textEvent } from "./tensorboard-event.ts";
import { hparamsEndEvent, hparamsEvent } from "./tensorboard-hparams.ts";
import { tfRecord } from "./tf-record.ts";

/** Stages `<directory>/<id of the run>/events.out.tfevents.<seconds>.deepaas` for each run. */
export async function stageEventFiles(
  runs: AsyncIterable<ExportedRun>,
  directory: string,
  files: StagedFiles,
): Promise<void> {
  for await (const { run, events } of runs) {
    // It becomes a part of a path, and may come from another machine.
    if (!isName("run", run.id))
      throw new CliError("invalid_response", `${JSON.stringify(run.id)} is not the id of a run`);
    const seconds = Math.floor(wallTimeOf(run.createdAt));
    const file = join(directory, run.id, `events.out.tfevents.${String(seconds).padStart(10, "0")}.deepaas`);
    const out = await files.create(file, { makeFolders: true });
    for await (const event of eventsOf(run, events)) await out.write(tfRecord(event));
    await files.close(out);
  }
}

/**
 * Yields the events of a file: the arguments as hyperparameters, a scalar for each metric, the log lines as text, and a restart where
 * another attempt goes on.
 */
async function* eventsOf(run: Run, events: AsyncIterable<RunEvent>): AsyncIterable<Uint8Array> {
  const start = { wallTime: wallTimeOf(run.createdAt), step: 0 };
  yield fileVersionEvent(start.wallTime);
  yield hparamsEvent(start, run.args);
  const steps = new Steps();
  const log = new LogText();
  let place: EventPlace = start;
  let isRestart = false;
  for await (const event of events) {
    const wallTime = wallTimeOf(event.at);
    if (event.type === "started") isRestart ||= event.attempt > 1;
    if (event.type === "log") log.add(event);
    if (event.type === "succeeded" || event.type === "failed" || event.type === "cancelled") {
      yield hparamsEndEvent({ ...place, wallTime }, event.type === "succeeded" ? "success" : "failure");
    }
    if (event.type !== "progress" || !event.metrics) continue;
    const step = steps.next(event.step);
    // One text for each step: the lines wait until the step is over. Those before a restart stay with those after it.
    const text = step === place.step || isRestart ? undefined : log.take();
    if (text) yield textEvent(place, "log", text);
    place = { wallTime, step };
    if (isRestart) yield restartEvent(place);
    isRestart = false;
    yield scalarsEvent(place, event.metrics);
  }
  const text = log.take();
  if (text) yield textEvent(place, "log", text);
}

/**
 * The step of each report with metrics. TensorBoard has whole steps, and drops what it has for a step and later ones when that step
 * comes again: so a report without a step gets the next number after the last one. Once a report has had a step with a fraction
 * or below zero, all reports are numbered in this way.
 */
class Steps {
  #last = 0;
  #areWhole = true;

  next(step: number | undefined): number {
    if (step !== undefined && !(Number.isSafeInteger(step) && step >= 0)) this.#areWhole = false;
    this.#last = step !== undefined && this.#areWhole ? step : this.#last + 1;
    return this.#last;
  }
}

function wallTimeOf(at: string): number {
  return Date.parse(at) / 1_000;
}
