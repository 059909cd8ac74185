// Event files, read back by a decoder of their own and by the real TensorBoard.
import { execFile } from "node:child_process";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Run, RunFact } from "@deepaas/core";
import { expect, test } from "vitest";
import { createdAt, each, exportedRun } from "../testing/exported-run.ts";
import { type ReadEvent, readEventFile } from "../testing/read-event-file.ts";
import { testFolder } from "../testing/test-folder.ts";
import { exportRuns } from "./export-runs.ts";

const start = Date.parse(createdAt) / 1_000;
const fileName = `events.out.tfevents.${Math.floor(start)}.deepaas`;

async function eventsOf(facts: readonly RunFact[], record: Partial<Run> = {}): Promise<readonly ReadEvent[]> {
  const output = await testFolder();
  await exportRuns(each([exportedRun("a", facts, record)]), { format: "tensorboard", output });
  return readEventFile(await readFile(join(output, "a", fileName)));
}

/** The steps and values of a metric. */
function pointsOf(events: readonly ReadEvent[], tag: string): readonly (readonly [number, number | undefined])[] {
  return events.flatMap(({ step, values = [] }) =>
    values.filter((value) => value.tag === tag).map(({ scalar }) => [step, scalar] as const),
  );
}

const progress = (step: number | undefined, loss: number): RunFact => ({
  type: "progress",
  ...(step !== undefined && { step }),
  metrics: { loss },
});
const log = (text: string): RunFact => ({ type: "log", level: "info", text });

test("each run has a directory with one event file, whose name has the time of the run and no host", async () => {
  const output = join(await testFolder(), "board");
  const runs = [exportedRun("a", [progress(1, 1)]), exportedRun("-b_", [])];
  const files = [join(output, "a", fileName), join(output, "-b_", fileName)];
  expect(await exportRuns(each(runs), { format: "tensorboard", output })).toEqual({ files });
  expect((await readdir(output, { recursive: true })).sort()).toEqual(
    ["-b_", join("-b_", fileName), "a", join("a", fileName)].sort(),
  );
});

test("a file starts with its version; each metric is a scalar with the time and step of its report", async () => {
  const events = await eventsOf([
    { type: "started", attempt: 1 },
    { type: "progress", step: 0, metrics: { loss: 0.5, "val/acc": 0.25 } },
    { type: "progress", step: 2 ** 40, metrics: { loss: "NaN", lr: "-Infinity", größe: -1e-7 }, message: "text" },
    { type: "progress", step: 2 ** 40 + 1 },
    { type: "succeeded", result: null },
  ]);
  expect(events[0]).toEqual({ wallTime: start, step: 0, fileVersion: "brain.Event:2" });
  expect(events.filter(({ values }) => values?.some(({ plugin }) => plugin === undefined))).toEqual([
    {
      wallTime: start + 1,
      step: 0,
      values: [
        { tag: "loss", scalar: 0.5 },
        { tag: "val/acc", scalar: 0.25 },
      ],
    },
    {
      wallTime: start + 2,
      step: 2 ** 40,
      values: [
        { tag: "loss", scalar: Number.NaN },
        { tag: "lr", scalar: Number.NEGATIVE_INFINITY },
        { tag: "größe", scalar: Math.fround(-1e-7) },
      ],
    },
  ]);
});

test("a report without a step is one step after the last one, and reports without metrics do not count", async () => {
  const message: RunFact = { type: "progress", step: 500, message: "no metrics" };
  expect(pointsOf(await eventsOf([progress(undefined, 1), message, progress(undefined, 2)]), "loss")).toEqual([
    [1, 1],
    [2, 2],
  ]);
  expect(pointsOf(await eventsOf([progress(10, 1), progress(undefined, 2), progress(20, 3)]), "loss")).toEqual([
    [10, 1],
    [11, 2],
    [20, 3],
  ]);
});

test.each([
  ["with a fraction", [0, 0.5, 1, 1.5], [0, 1, 2, 3]],
  ["below zero", [-1, 5, 6], [1, 2, 3]],
  ["too large to be exact", [1, 2 ** 60, 3], [1, 2, 3]],
])("after a step %s, reports are numbered, so that none is lost", async (_title, given, steps) => {
  const events = await eventsOf(given.map((step, i) => progress(step, i)));
  expect(pointsOf(events, "loss")).toEqual(steps.map((step, i) => [step, i]));
});

test("a further attempt starts with a restart at its first step; the steps of the one before are kept", async () => {
  const events = await eventsOf([
    { type: "started", attempt: 1 },
    progress(1, 1),
    progress(2, 2),
    { type: "lost", reason: "killed" },
    { type: "started", attempt: 2 },
    { type: "lost", reason: "killed" },
    { type: "started", attempt: 3 },
    progress(2, 20),
    progress(3, 30),
  ]);
  expect(pointsOf(events, "loss")).toEqual([
    [1, 1],
    [2, 2],
    [2, 20],
    [3, 30],
  ]);
  expect(events.filter(({ session }) => session !== undefined)).toEqual([{ wallTime: start + 7, step: 2, session: 1 }]);
  expect(events.findIndex(({ session }) => session === 1)).toBe(
    events.findIndex(({ values }) => values?.[0]?.scalar === 20) - 1,
  );
});

test("log lines are one text for each step, shown as they are", async () => {
  const events = await eventsOf([
    log("before"),
    progress(1, 1),
    log("# one\n<b>two</b>"),
    log("three"),
    progress(2, 2),
    progress(3, 3),
    log("last words"),
    { type: "started", attempt: 2 },
    log("hello again"),
    progress(3, 4),
    progress(4, 5),
    log("end"),
  ]);
  const texts = events.flatMap(({ step, values = [] }) =>
    values
      .filter(({ plugin }) => plugin === "text")
      .map(({ tag, text }) => [tag, step, text?.replace(/\d+-\d+-\S+Z/g, "T")]),
  );
  expect(texts).toEqual([
    ["log", 0, "    T info: before\n"],
    ["log", 1, "    T info: # one\n    <b>two</b>\n    T info: three\n"],
    ["log", 3, "    T info: last words\n    T info: hello again\n"],
    ["log", 4, "    T info: end\n"],
  ]);
});

test("a log of any length takes little memory, and says what it leaves out", async () => {
  const events = await eventsOf([...Array.from({ length: 300 }, () => log("x".repeat(1_000))), progress(1, 1)]);
  const text = events.flatMap(({ values = [] }) => values).find(({ tag }) => tag === "log")?.text ?? "";
  expect(text.length).toBeLessThan(70_000);
  expect(text).toMatch(/\n\d{3} more in the log of the run\n$/);
});

test("an id of a run that is no name cannot leave the directory", async () => {
  const output = await testFolder();
  for (const id of ["../b", "..", "", "a/b", "a\\b"]) {
    const runs = each([exportedRun(id, [])]);
    await expect(exportRuns(runs, { format: "tensorboard", output })).rejects.toMatchObject({
      code: "invalid_response",
    });
  }
  expect(await readdir(output)).toEqual([]);
});

test("a run that is there twice is an error", async () => {
  const output = await testFolder();
  const runs = each([exportedRun("a", []), exportedRun("a", [])]);
  await expect(exportRuns(runs, { format: "tensorboard", output })).rejects.toMatchObject({ code: "already_exists" });
  expect(await readdir(output)).toEqual([]);
});

/** A Python in which the package `tensorboard` is installed. */
const python = process.env.DEEPAAS_TENSORBOARD_PYTHON;

const readWithTensorBoard = `
import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import plugin_data_pb2
from tensorboard.util import tensor_util

events = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "tensors": 0}).Reload()
def hparams(tag):
    return plugin_data_pb2.HParamsPluginData.FromString(events.SummaryMetadata(tag).plugin_data.content)

values = hparams("_hparams_/session_start_info").session_start_info
end = hparams("_hparams_/session_end_info").session_end_info
print(json.dumps({
    "scalars": {tag: [[e.wall_time, e.step, repr(e.value)] for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]},
    "log": [[e.step, tensor_util.make_ndarray(e.tensor_proto).item().decode()] for e in events.Tensors("log")],
    "plugins": {tag: events.SummaryMetadata(tag).plugin_data.plugin_name for tag in events.Tags()["tensors"]},
    "hparams": {name: getattr(value, value.WhichOneof("kind")) for name, value in values.hparams.items()},
    "end": [end.status, end.end_time_secs - values.start_time_secs],
}))
`;

test.skipIf(python === undefined && !process.env.CI)(
  "TensorBoard reads what was written (needs DEEPAAS_TENSORBOARD_PYTHON, a Python with the package tensorboard)",
  { timeout: 120_000 },
  async () => {
    if (python === undefined) expect.fail("DEEPAAS_TENSORBOARD_PYTHON must name a Python with the package tensorboard");
    const output = await testFolder();
    const run = exportedRun(
      "a",
      [
        { type: "started", attempt: 1 },
        log("hello"),
        progress(1, 0.5),
        progress(2, 0.25),
        { type: "started", attempt: 2 },
        progress(2, 0.125),
        { type: "progress", step: 3, metrics: { loss: "NaN", acc: "Infinity" } },
        { type: "succeeded", result: null },
      ],
      { args: { lr: 0.1, epochs: 3, name: "é", shuffle: false, layers: [1, 2], seed: null } },
    );
    await exportRuns(each([run]), { format: "tensorboard", output });
    const { stdout } = await promisify(execFile)(python, ["-c", readWithTensorBoard, join(output, "a")]);
    expect(JSON.parse(stdout)).toEqual({
      // What the first attempt reported for the step 2 is no longer shown.
      scalars: {
        loss: [
          [start + 2, 1, "0.5"],
          [start + 5, 2, "0.125"],
          [start + 6, 3, "nan"],
        ],
        acc: [[start + 6, 3, "inf"]],
      },
      log: [[0, "    2026-01-02T03:04:06.250Z info: hello\n"]],
      plugins: {
        log: "text",
        "_hparams_/session_start_info": "hparams",
        "_hparams_/session_end_info": "hparams",
      },
      hparams: { lr: 0.1, epochs: 3, name: "é", shuffle: false, layers: "[1,2]" },
      end: [1, 7],
    });
  },
);
