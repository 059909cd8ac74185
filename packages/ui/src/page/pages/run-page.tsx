import { DeepaasError, type Run } from "@deepaas/core";
import { useEffect, useMemo, useState } from "preact/hooks";
import { usePageTitle } from "../parts/page-title.ts";
import { Empty, Failed, Loading } from "../parts/states.tsx";
import { linkTo, type PageProps, type View } from "../routing/router.ts";
import { ExportButtons } from "../run/export-buttons.tsx";
import { FollowedRun } from "../run/followed-run.ts";
import { RunCurves } from "../run/run-curves.tsx";
import { RunHead } from "../run/run-head.tsx";
import { RunLog } from "../run/run-log.tsx";
import { RunArguments, RunArtifacts, RunCheckpoints, RunError, RunResult } from "../run/run-results.tsx";
import { RunVersions } from "../run/run-versions.tsx";

/** How many of the latest events are read for the log at first. */
const logEvents = 2_000;

export function RunPage({ view }: PageProps) {
  const id = view.segments[1] ?? "";
  const [followed, setFollowed] = useState<FollowedRun>();
  useEffect(() => {
    const next = new FollowedRun(id, { logEvents });
    setFollowed(next);
    return () => next.stop();
  }, [id]);
  const run = followed?.run.value;
  const error = followed?.error.value;
  usePageTitle(run ? `${run.model} · run ${run.id.slice(0, 8)}` : "Run");
  if (!followed || !run) {
    return (
      <>
        <h1 class="visually-hidden">Run</h1>
        <NotLoaded id={id} error={error} />
      </>
    );
  }
  return <LoadedRun followed={followed} run={run} view={view} />;
}

interface LoadedRunProps {
  readonly followed: FollowedRun;
  readonly run: Run;
  readonly view: View;
}

function LoadedRun({ followed, run, view }: LoadedRunProps) {
  const error = followed.error.value;
  // Each report changes the record; the parts that do not show it are left alone.
  const curves = useMemo(
    () => <RunCurves followed={followed} state={run.state} view={view} />,
    [followed, run.state, view],
  );
  const log = useMemo(() => <RunLog followed={followed} />, [followed]);
  return (
    <div class="stack wide">
      <div class="stack">
        <RunHead run={run} record={followed.run} rate={followed.rate} />
        {error !== undefined && <Failed error={error} />}
        <RunError run={run} />
      </div>
      {curves}
      <div class="split main-aside">
        <div class="stack wide">
          {log}
          <RunResult result={run.result} />
        </div>
        <div class="stack wide">
          {run.state === "succeeded" && <RunVersions run={run} />}
          <RunArguments args={run.args} />
          <RunArtifacts run={run} />
          <RunCheckpoints followed={followed} run={run} />
          <ExportButtons runs={[run]} />
        </div>
      </div>
    </div>
  );
}

function NotLoaded({ id, error }: { readonly id: string; readonly error: unknown }) {
  if (error === undefined) return <Loading what="the run" />;
  if (!DeepaasError.is(error) || error.code !== "not_found") return <Failed error={error} />;
  return (
    <Empty title="There is no such run">
      <p>
        Nothing is known of <code class="run-id">{id}</code>. It may have been deleted.
      </p>
      <a class="button" href={linkTo(["runs"])}>
        See all runs
      </a>
    </Empty>
  );
}
