import { computed } from "@preact/signals";
import { useEffect, useMemo, useState } from "preact/hooks";
import { ChartControls } from "../chart/chart-controls.tsx";
import { MetricChart } from "../chart/metric-chart.tsx";
import { Swatch } from "../chart/swatch.tsx";
import { useChartSettings } from "../chart/use-chart-settings.ts";
import { StateBadge } from "../parts/badge.tsx";
import { usePageTitle } from "../parts/page-title.ts";
import { Empty, Loading } from "../parts/states.tsx";
import { linkTo, type PageProps, type View } from "../routing/router.ts";
import { CompareTable } from "../run/compare-table.tsx";
import { type ComparedRun, fewestRuns, linesByMetric, mostRuns, shortLabels, styleOf } from "../run/compared-runs.ts";
import { ExportButtons } from "../run/export-buttons.tsx";
import { FollowedRun } from "../run/followed-run.ts";
import { sentenceOf } from "../service/connection.ts";

export function ComparePage({ view }: PageProps) {
  usePageTitle("Compare");
  const ids = [...new Set(view.query.getAll("run"))];
  return (
    <div class="stack wide">
      <h1>Compare {ids.length >= fewestRuns && ids.length <= mostRuns ? `${ids.length} runs` : ""}</h1>
      {ids.length < fewestRuns || ids.length > mostRuns ? (
        <Empty title={ids.length < fewestRuns ? "Choose at least two runs" : "Choose at most ten runs"}>
          <p>Select runs in the list, then compare them.</p>
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

function Comparison({ ids, view }: { readonly ids: readonly string[]; readonly view: View }) {
  const [all, setAll] = useState<readonly FollowedRun[]>([]);
  useEffect(() => {
    const followed = ids.map((id) => new FollowedRun(id, { logEvents: 0 }));
    setAll(followed);
    return () => {
      for (const one of followed) one.stop();
    };
    // The component has another key for other runs.
  }, []);
  const [settings, change] = useChartSettings(view);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const version = useMemo(
    () => computed(() => all.reduce((sum, { curvesVersion }) => sum + curvesVersion.value, 0)),
    [all],
  );
  // Each report changes the curves; the charts as a whole only change with their lines.
  const generations = useMemo(
    () => computed(() => all.map(({ curvesGeneration }) => curvesGeneration.value).join()),
    [all],
  );
  const generation = generations.value;
  const labels = shortLabels(ids);
  const compared = all.map((followed, i): ComparedRun => ({ followed, label: labels[i] ?? "", style: styleOf(i) }));
  const loaded = compared.flatMap((one) => {
    const run = one.followed.run.value;
    return run && one.followed.curvesGeneration.value > 0 ? [{ ...one, run }] : [];
  });
  const failed = all.filter(({ error }) => error.value !== undefined);
  const isLoading = loaded.length + failed.length < ids.length;
  const metrics = useMemo(
    () => linesByMetric(compared.filter(({ followed }) => !hidden.has(followed.id))),
    [all, generation, hidden],
  );
  const charts = useMemo(
    () => (
      <div class="charts">
        {[...metrics].map(([name, lines]) => (
          <MetricChart
            key={name}
            name={name}
            lines={lines}
            settings={settings}
            version={version}
            onRange={(range) => change({ from: range?.from, to: range?.to })}
          />
        ))}
      </div>
    ),
    [metrics, settings, version],
  );
  const toggle = (id: string) => {
    const next = new Set(hidden);
    if (!next.delete(id)) next.add(id);
    setHidden(next);
  };
  return (
    <>
      {failed.map(({ id, error }) => (
        <div class="note bad" role="alert" key={id}>
          <p>
            Run <code class="run-id">{id}</code>: {sentenceOf(error.value)}
          </p>
          <p>
            <a
              href={linkTo(
                ids.length > fewestRuns ? ["compare"] : ["runs"],
                ids.length > fewestRuns ? { run: ids.filter((one) => one !== id) } : {},
              )}
            >
              {ids.length > fewestRuns ? "Compare the others" : "Choose runs"}
            </a>
          </p>
        </div>
      ))}
      {isLoading && <Loading what="the runs" />}
      {loaded.length > 0 && (
        <>
          <section class="stack" aria-labelledby="metrics-title">
            <h2 class="visually-hidden" id="metrics-title">
              Metrics
            </h2>
            <fieldset class="compare-legend">
              <legend class="visually-hidden">Shown runs</legend>
              {loaded.map(({ run, label, style }) => (
                <label class="row" key={run.id} title={run.id}>
                  <input type="checkbox" checked={!hidden.has(run.id)} onChange={() => toggle(run.id)} />
                  <Swatch {...style} />
                  <span>{label}</span>
                  <StateBadge state={run.state} />
                </label>
              ))}
            </fieldset>
            <ChartControls settings={settings} onChange={change} />
            {metrics.size === 0 && !isLoading && (
              <Empty title={hidden.size > 0 ? "No run is shown" : "No metrics"}>
                <p>{hidden.size > 0 ? "Select a run above." : "None of the runs has reported any so far."}</p>
              </Empty>
            )}
            {charts}
          </section>
          <CompareTable runs={loaded} />
          <ExportButtons runs={loaded.map(({ run }) => run)} />
        </>
      )}
    </>
  );
}
