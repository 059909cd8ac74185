import { isTerminal, type RunState } from "@deepaas/core";
import { ChartControls } from "../chart/chart-controls.tsx";
import { MetricChart } from "../chart/metric-chart.tsx";
import { useChartSettings } from "../chart/use-chart-settings.ts";
import { Empty, Loading } from "../parts/states.tsx";
import type { View } from "../routing/router.ts";
import type { FollowedRun } from "./followed-run.ts";

interface RunCurvesProps {
  readonly followed: FollowedRun;
  readonly state: RunState;
  readonly view: View;
}

export function RunCurves({ followed, state, view }: RunCurvesProps) {
  const [settings, change] = useChartSettings(view);
  const { metrics, curvesVersion, curvesGeneration } = followed;
  if (curvesGeneration.value === 0) return <Loading what="the curves" />;
  if (metrics.series.size === 0) return <NoMetrics state={state} />;
  return (
    <section class="stack" aria-labelledby="metrics-title">
      <h2 class="visually-hidden" id="metrics-title">
        Metrics
      </h2>
      <ChartControls settings={settings} onChange={change} />
      <div class="charts">
        {[...metrics.series].map(([name, columns], i) => (
          <MetricChart
            key={name}
            name={name}
            settings={settings}
            version={curvesVersion}
            onRange={(range) => change({ from: range?.from, to: range?.to })}
            lines={[
              {
                key: followed.id,
                label: name,
                color: (i % 10) + 1,
                dash: [],
                columns,
                attempts: metrics.attempts,
                origin: metrics.origin,
              },
            ]}
          />
        ))}
      </div>
    </section>
  );
}

function NoMetrics({ state }: { readonly state: RunState }) {
  const text = isTerminal(state)
    ? "The model reported none in this run."
    : state === "queued"
      ? "The run waits for a free place."
      : "The model has reported none so far. They appear here with the first report.";
  return (
    <Empty title={isTerminal(state) ? "No metrics" : "No metrics yet"}>
      <p>{text}</p>
    </Empty>
  );
}
