import assert from "node:assert/strict";
import { memoryStore } from "@deepaas/core/ports";
import { stallStore } from "../faults/stall-store.ts";
import { typesOf } from "../run-log.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, only, startTraining, trained } from "./training.ts";

export const progressCases: readonly ServiceDraft[] = [
  {
    title: "progress is accepted in any order of steps, and the record has the newest of each",
    cites: ["progress.any", "run.record"],
    models: ["trainer"],
    async run({ service }) {
      const { run, events } = await trained(service, {
        script: [
          { do: "report", step: 5, total: 10, metrics: { loss: 1, accuracy: 0.5 } },
          { do: "report", step: 2, message: "again" },
          { do: "report", metrics: { loss: 0.5 } },
          { do: "report", step: 2.5 },
          { do: "report" },
        ],
      });
      assert.deepEqual(
        only(events, "progress").map(({ step }) => step),
        [5, 2, undefined, 2.5, undefined],
      );
      assert.deepEqual(run.progress, { step: 2.5, total: 10, message: "again", metrics: { loss: 0.5, accuracy: 0.5 } });
    },
  },
  {
    title: "NaN and the infinities as metrics are strings",
    cites: ["progress.not-finite"],
    models: ["trainer"],
    async run({ service }) {
      const metrics = { a: "NaN", b: "Infinity", c: "-Infinity", d: -0.5 };
      const { events } = await trained(service, { script: [{ do: "report", metrics }] });
      assert.deepEqual(only(events, "progress")[0]?.metrics, metrics);
    },
  },
  {
    title: "an invalid report or line has no effect on the training",
    cites: ["progress.nonsense"],
    models: ["trainer"],
    async run({ service }) {
      const { run } = await trained(service, { script: [{ do: "nonsense" }, { do: "return", value: "fine" }] });
      assert.deepEqual([run.state, run.result], ["succeeded", "fine"]);
    },
  },
  {
    title: "lines keep their level, by default info; a long line is cut",
    cites: ["line.levels"],
    models: ["trainer"],
    async run({ service }) {
      const { events } = await trained(service, {
        script: [
          { do: "log", text: "one" },
          { do: "log", text: "two\nlines", level: "error" },
          { do: "log", text: "three", level: "debug" },
          { do: "log", text: "x".repeat(1_000_000), level: "warning" },
        ],
      });
      const lines = only(events, "log");
      assert.deepEqual(
        lines.map(({ level }) => level),
        ["info", "error", "debug", "warning"],
      );
      assert.deepEqual(
        lines.slice(0, 2).map(({ text }) => text),
        ["one", "two\nlines"],
      );
      assert.ok((lines[3]?.text.length ?? 0) < 100_000);
    },
  },
  {
    title: "reports, lines, checkpoints and artifacts are in the log in the order of the model's calls",
    cites: ["log.order"],
    models: ["trainer"],
    async run({ service }) {
      const { events } = await trained(service, {
        script: [
          { do: "report", step: 1 },
          { do: "log", text: "a" },
          { do: "checkpoint", step: 1, file: "c" },
          { do: "report", step: 2 },
          { do: "artifact", name: "a.txt", text: "a" },
          { do: "log", text: "b" },
          { do: "publish", text: "w" },
          { do: "report", step: 3 },
        ],
      });
      assert.deepEqual(typesOf(events).slice(2, -1), [
        "progress",
        "log",
        "checkpoint",
        "progress",
        "artifact",
        "log",
        "published",
        "progress",
        // Whether the version is served.
        "log",
      ]);
    },
  },
  {
    title: "100,000 reports in one turn are merged into few events, which have their number",
    cites: ["progress.merged", "log.dense"],
    models: ["trainer"],
    async run({ service }) {
      const times = 100_000;
      const { run, events } = await trained(service, {
        script: [
          { do: "burst", times },
          { do: "log", text: "done" },
        ],
      });
      const reports = only(events, "progress");
      assert.ok(reports.length <= 1_000, `${reports.length} events`);
      assert.equal(
        reports.reduce((sum, { merged = 1 }) => sum + merged, 0),
        times,
      );
      assert.deepEqual(
        run.progress,
        { step: times, metrics: { i: times, m0: times, m1: times - 1 } },
        "the record has the last value of each metric",
      );
      const lines = await trained(service, { script: [{ do: "log", text: "x", times: 100_000 }] });
      assert.ok(lines.events.length < 1_000, "lines are dropped instead of queued");
      assert.ok(
        only(lines.events, "log").some(({ level }) => level === "warning"),
        "a warning says that lines were dropped",
      );
    },
  },
  {
    title: "while the store is slow, reports are merged and not queued",
    cites: ["progress.bounded"],
    needs: ["ports"],
    models: ["trainer"],
    prepare() {
      const { store, stall } = stallStore(memoryStore());
      return {
        options: { store },
        async run({ service, control }) {
          const script = [
            { do: "gate", name: "stalled" },
            { do: "drip", times: 3_000 },
            { do: "note", name: "dripped" },
          ] as const;
          const { id } = await startTraining(service, { control: control.id, script });
          stall.begin();
          await control.open("stalled");
          await control.waitForNotes("dripped");
          stall.end();
          const { events, run } = await ended(service, id);
          const reports = only(events, "progress");
          assert.ok(reports.length <= 1_000, `${reports.length} events for 3,000 reports`);
          assert.equal(
            reports.reduce((sum, { merged = 1 }) => sum + merged, 0),
            3_000,
          );
          assert.equal(run.progress?.step, 3_000);
        },
      };
    },
  },
];
