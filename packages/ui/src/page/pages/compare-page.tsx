import type { Run } from "@deepaas/core";
import type { ComponentChild } from "preact";
import { useEffect, useState } from "preact/hooks";
import { MetricCharts } from "../chart/metric-chart.tsx";
import { type ChartLine, colorOf, isDashed } from "../chart/plot.ts";
import { StateBadge } from "../parts/badge.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { usePageTitle } from "../parts/page-title.ts";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { numberText } from "../parts/texts.ts";
import { linkTo, type PageProps } from "../routing/router.ts";
import { differingArguments, shortLabels } from "../run/compared-runs.ts";
import { FollowedRun } from "../run/followed-run.ts";
import { valueText } from "../run/run-details.tsx";
import { RunExport } from "../run/run-export.tsx";
import { durationOf } from "../run/run-head.tsx";

const fewestRuns = 2;
const mostRuns = 10;

export function ComparePage({ view }: PageProps) {
  usePageTitle("Compare");
  const ids = [...new Set(view.query.getAll("run"))];
  return (
    <div class="stack wide">
      <h1>Compare runs</h1>
      {ids.length < fewestRuns || ids.length > mostRuns ? (
        <Empty title="Choose two to ten runs">
          <a class="button" href={linkTo(["runs"])}>
            Choose runs
          </a>
        </Empty>
      ) : (
        <Comparison key={ids.join(" ")} ids={ids} view={view} />
      )}
    </div>
  );
}

interface ComparedRun {
  readonly run: Run;
  readonly followed: FollowedRun;
  readonly label: string;
  readonly style: number;
}

function Comparison({ ids, view }: PageProps & { readonly ids: readonly string[] }) {
  const [all, setAll] = useState<readonly FollowedRun[]>([]);
  useEffect(() => {
    const followed = ids.map((id) => new FollowedRun(id, 0));
    setAll(followed);
    return () => {
      for (const one of followed) one.stop();
    };
    // The component has another key for other runs.
  }, []);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const labels = shortLabels(ids);
  const loaded = all.flatMap((followed, style): ComparedRun[] => {
    // Read to be drawn again.
    void followed.version.value;
    const run = followed.run.value;
    return run && followed.curves.isLoaded ? [{ run, followed, label: labels[style] ?? "", style }] : [];
  });
  const failed = all.filter(({ error }) => error.value !== undefined);
  const lines = new Map<string, ChartLine[]>();
  for (const { followed, label, style } of loaded) {
    if (hidden.has(followed.id)) continue;
    for (const [name, line] of followed.lines({ label, style })) lines.set(name, [...(lines.get(name) ?? []), line]);
  }
  const toggle = (id: string) => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    setHidden(next);
  };
  return (
    <>
      {failed.map(({ id, error }) => (
        <Failed key={id} error={error.value} />
      ))}
      {loaded.length + failed.length < ids.length && <Loading what="the runs" />}
      <div class="row">
        {loaded.map(({ run, label, style }) => (
          <label class="row" key={run.id} title={run.id}>
            <input type="checkbox" checked={!hidden.has(run.id)} onChange={() => toggle(run.id)} />
            <Swatch style={style} />
            {label}
            <StateBadge state={run.state} />
          </label>
        ))}
      </div>
      <MetricCharts lines={lines} view={view} />
      <CompareTable runs={loaded} />
      <RunExport ids={ids} />
    </>
  );
}

/** A piece of a line in its colour and pattern. */
function Swatch({ style }: { readonly style: number }) {
  const border = `3px ${isDashed(style) ? "dashed" : "solid"} ${colorOf(style)}`;
  return <span class="swatch" style={{ borderTop: border }} />;
}

interface Row {
  readonly name: string;
  readonly cells: readonly ComponentChild[];
}

/** One column for each run: state, last metrics, and the arguments that differ. */
function CompareTable({ runs }: { readonly runs: readonly ComparedRun[] }) {
  const metrics = [...new Set(runs.flatMap(({ followed }) => [...followed.curves.series.keys()]))];
  const row = (name: string, cell: (one: ComparedRun) => ComponentChild): Row => ({ name, cells: runs.map(cell) });
  const rows: readonly Row[] = [
    row("Run", ({ run, label }) => <a href={linkTo(["runs", run.id])}>{label}</a>),
    row("Model", ({ run }) => run.model),
    row("Duration", ({ run }) => durationOf(run)),
    ...metrics.map((name) =>
      row(name, ({ followed }) => {
        const last = followed.curves.series.get(name)?.list.at(-1);
        return last && numberText(last.value);
      }),
    ),
    ...differingArguments(runs.map(({ run }) => run)).map(({ name, values }) => ({
      name,
      cells: values.map((value) => <code class="run-text">{valueText(value)}</code>),
    })),
  ];
  return (
    <DataTable
      title="Results and the arguments that differ"
      rows={rows}
      keyOf={(one) => rows.indexOf(one)}
      columns={[
        { title: "Property", cell: ({ name }) => name },
        ...runs.map(({ label }, i) => ({ title: label, cell: ({ cells }: Row) => cells[i] })),
      ]}
    />
  );
}
