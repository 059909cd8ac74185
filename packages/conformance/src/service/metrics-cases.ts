import assert from "node:assert/strict";
import type { MetricSeries, RunMetricsOptions } from "@deepaas/core";
import { collect, rejection, takeUntil } from "../expect.ts";
import type { ServiceDraft } from "./subject.ts";
import { ended, only, startTraining, trained } from "./training.ts";

const report = (step: number, metrics: Readonly<Record<string, number | string>>) =>
  ({ do: "report", step, metrics }) as const;

export const metricsCases: readonly ServiceDraft[] = [
  {
    title: "metrics returns every value with its event, time and step, whatever the name of the metric",
    cites: ["metrics.all", "log.order"],
    models: ["trainer"],
    async run({ service }) {
      const names = ["loss", "a/b c", "π", "", "constructor"];
      const own = JSON.parse('{"__proto__":7}') as Readonly<Record<string, number>>;
      const { run, events } = await trained(service, {
        script: [
          report(1, { loss: 0.5, ...Object.fromEntries(names.map((name, i) => [name, i])) }),
          { do: "log", text: "between" },
          { do: "report", metrics: { loss: "NaN" } },
          report(2, { loss: "-Infinity" }),
          report(3, own),
        ],
      });
      const { firstSeq, lastSeq, attempts, series } = await service.metrics(run.id);
      assert.deepEqual([firstSeq, lastSeq], [run.firstSeq, run.lastSeq]);
      const started = only(events, "started");
      assert.deepEqual(
        attempts,
        started.map(({ attempt, seq, at }) => ({ attempt, seq, at })),
      );
      assert.deepEqual(Object.keys(series).sort(), ["__proto__", ...names].sort());
      const reports = only(events, "progress").filter(({ metrics = {} }) => Object.hasOwn(metrics, "loss"));
      assert.deepEqual(series.loss, {
        count: 3,
        seq: reports.map(({ seq }) => seq),
        at: reports.map(({ at }) => Date.parse(at)),
        step: [1, null, 2],
        value: [0, "NaN", "-Infinity"],
      });
      const { value } = Object.getOwnPropertyDescriptor(series, "__proto__") as { readonly value: MetricSeries };
      assert.deepEqual([value.step, value.value], [[3], [7]]);
    },
  },
  {
    title: "metrics returns only the metrics that are named; for an empty list all",
    cites: ["metrics.all"],
    models: ["trainer"],
    async run({ service }) {
      const { run } = await trained(service, { script: [report(1, { a: 1, "b c": 2, "d,e": 3 })] });
      const namesOf = async (options: RunMetricsOptions) =>
        Object.keys((await service.metrics(run.id, options)).series).sort();
      assert.deepEqual(await namesOf({ names: ["a"] }), ["a"]);
      assert.deepEqual(await namesOf({ names: ["b c", "d,e", "other"] }), ["b c", "d,e"]);
      assert.deepEqual(await namesOf({ names: [] }), ["a", "b c", "d,e"]);
    },
  },
  {
    title: "of many values it returns at most `points`, with the first, the last and every peak, in order",
    cites: ["metrics.fewer"],
    models: ["trainer"],
    async run({ service }) {
      const values = Array.from({ length: 200 }, (_, i) => (i % 7) / 7);
      values[77] = 1_000;
      values[140] = -1_000;
      const { run } = await trained(service, { script: values.map((value, i) => report(i, { value })) });
      for (const points of [10, 11, 50, 199]) {
        const { series } = await service.metrics(run.id, { points });
        const { count, step, seq, value, at } = series.value as MetricSeries;
        assert.equal(count, 200);
        assert.ok(value.length <= points, `${value.length} of ${points}`);
        assert.deepEqual(new Set([seq.length, at.length, step.length]), new Set([value.length]));
        assert.deepEqual(
          value,
          step.map((i) => values[i as number]),
        );
        assert.deepEqual(
          step,
          [...new Set(step)].sort((a, b) => Number(a) - Number(b)),
        );
        for (const i of [0, 77, 140, 199]) assert.ok(step.includes(i), `the value ${i} of ${points} points`);
      }
      const all = await service.metrics(run.id, { points: 200 });
      assert.deepEqual(all.series.value?.value, values);
    },
  },
  {
    title: "a watch after the metrics continues without a gap and without a repetition, while the training goes on",
    cites: ["metrics.watch"],
    models: ["trainer"],
    async run({ service, control }) {
      const reports = (from: number) => Array.from({ length: 50 }, (_, i) => report(from + i, { value: from + i }));
      const script = [...reports(0), { do: "gate", name: "go" } as const, ...reports(50)];
      const { id } = await startTraining(service, { control: control.id, script });
      await takeUntil(service.watch(id), ({ seq }) => seq >= 20);
      const before = await service.metrics(id);
      await control.open("go");
      const during = await service.metrics(id);
      for (const { lastSeq, series } of [before, during]) {
        const later = await collect(service.watch(id, { after: lastSeq }));
        const steps = [...(series.value?.step ?? []), ...only(later, "progress").map(({ step }) => step)];
        assert.deepEqual(
          steps,
          Array.from({ length: 100 }, (_, i) => i),
        );
      }
      await ended(service, id);
    },
  },
  {
    title: "metrics of a run without any are empty; an unknown run is not_found",
    cites: ["metrics.all", "run.unknown"],
    models: ["trainer"],
    async run({ service }) {
      const { run } = await trained(service, { script: [{ do: "report", step: 1 }] });
      const { lastSeq, series } = await service.metrics(run.id);
      assert.deepEqual([lastSeq, series], [run.lastSeq, {}]);
      await rejection(service.metrics("unknown"), "not_found");
    },
  },
  {
    title: "invalid points and names are refused, with their place",
    cites: ["metrics.invalid"],
    models: ["trainer"],
    async run({ service }) {
      const { run } = await trained(service, {});
      for (const points of [9, 100_001, 10.5, -10, Number.NaN]) {
        const { issues } = await rejection(service.metrics(run.id, { points }), "invalid_args");
        assert.equal(issues?.[0]?.pointer, "/points");
      }
      assert.equal((await service.metrics(run.id, { points: 100_000 })).lastSeq, run.lastSeq);
    },
  },
];
