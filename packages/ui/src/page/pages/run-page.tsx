import { DeepaasError, isTerminal, type Run } from "@deepaas/core";
import { useEffect, useState } from "preact/hooks";
import { MetricCharts } from "../chart/metric-chart.tsx";
import { usePageTitle } from "../parts/page-title.ts";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { JsonTree } from "../result/json-tree.tsx";
import { linkTo, type PageProps, type View } from "../routing/router.ts";
import { FollowedRun } from "../run/followed-run.ts";
import { RunDetails, RunError, Section } from "../run/run-details.tsx";
import { RunExport } from "../run/run-export.tsx";
import { RunHead } from "../run/run-head.tsx";
import { RunLog } from "../run/run-log.tsx";

/** How many of the latest events are read for the log at first. */
const logEvents = 500;

export function RunPage({ view }: PageProps) {
  const id = view.segments[1] ?? "";
  const [followed, setFollowed] = useState<FollowedRun>();
  useEffect(() => {
    const next = new FollowedRun(id, logEvents);
    setFollowed(next);
    return () => next.stop();
  }, [id]);
  const run = followed?.run.value;
  const error = followed?.error.value;
  usePageTitle(run ? `${run.model} · run ${run.id.slice(0, 8)}` : "Run");
  if (!followed || !run)
    return (
      <>
        <h1 class="visually-hidden">Run</h1>
        <NotLoaded error={error} />
      </>
    );
  const { result } = run;
  return (
    <div class="stack wide">
      <div class="stack">
        <RunHead run={run} rate={followed.rate} />
        {error !== undefined && <Failed error={error} />}
        <RunError run={run} />
      </div>
      <Curves followed={followed} run={run} view={view} />
      <div class="split main-aside">
        <div class="stack wide">
          <RunLog followed={followed} />
          {result !== undefined && result !== null && (
            <Section title="Result">
              <JsonTree value={result} />
            </Section>
          )}
        </div>
        <div class="stack">
          <RunDetails run={run} followed={followed} />
          <RunExport ids={[run.id]} />
        </div>
      </div>
    </div>
  );
}

interface CurvesProps {
  readonly followed: FollowedRun;
  readonly run: Run;
  readonly view: View;
}

function Curves({ followed, run, view }: CurvesProps) {
  void followed.version.value;
  if (!followed.curves.isLoaded) return <Loading what="the curves" />;
  const lines = followed.lines();
  if (lines.length > 0)
    return <MetricCharts lines={new Map(lines.map(([name, line]) => [name, [line]]))} view={view} />;
  return (
    <Empty title={isTerminal(run.state) ? "No metrics" : "No metrics yet"}>
      <p>{isTerminal(run.state) ? "The model reported none." : "They appear here with the first report."}</p>
    </Empty>
  );
}

function NotLoaded({ error }: { readonly error: unknown }) {
  if (error === undefined) return <Loading what="the run" />;
  if (!DeepaasError.is(error) || error.code !== "not_found") return <Failed error={error} />;
  return (
    <Empty title="There is no such run">
      <p>It may have been deleted.</p>
      <a class="button" href={linkTo(["runs"])}>
        See all runs
      </a>
    </Empty>
  );
}
