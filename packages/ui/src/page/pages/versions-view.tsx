// The versions of a model's weights: which one is served, their metrics, and the way back.
import type { ModelDescription, ModelVersions, ServedChange, WeightsVersion } from "@deepaas/core";
import { useState } from "preact/hooks";
import { Badge } from "../parts/badge.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { isHidden, removeLater } from "../parts/removal.ts";
import { Async, Empty, Failed } from "../parts/states.tsx";
import { bytesText, metricText } from "../parts/texts.ts";
import { Time } from "../parts/time.tsx";
import { showToast } from "../parts/toasts.tsx";
import { linkTo } from "../routing/router.ts";
import { service } from "../service/connection.ts";
import { useLoaded } from "../service/loaded.ts";

interface VersionsViewProps {
  readonly description: ModelDescription;
  readonly reload: () => void;
}

export function VersionsView({ description, reload }: VersionsViewProps) {
  const model = description.metadata.servedAs;
  const versions = useLoaded(`versions ${model}`, (signal) => service.versions(model, { signal }), { everyMs: 5_000 });
  const [pending, setPending] = useState<number>();
  const [error, setError] = useState<unknown>();

  const act = async (version: number, work: () => Promise<unknown>, done: string) => {
    setPending(version);
    setError(undefined);
    try {
      await work();
      showToast(done);
    } catch (failure) {
      setError(failure);
    }
    setPending(undefined);
    versions.reload();
    reload();
  };
  const serve = (version: number) =>
    void act(version, () => service.serveVersion(model, version), `${versionName(version)} is served.`);
  const remove = (version: number) =>
    removeLater({
      key: `version ${model} ${version}`,
      text: `Version ${version} is deleted.`,
      remove: () => service.removeVersion(model, version),
    });

  return (
    <Async of={versions} what="the versions">
      {(loaded) => (
        <div class="stack wide">
          <p class="soft">{ruleText(description)}</p>
          {error !== undefined && <Failed error={error} />}
          <VersionTable {...{ loaded, pending, serve, remove }} />
          {loaded.versions.length === 1 && (
            <Empty title="Only the shipped weights so far">
              <p>A training that publishes weights makes the next version.</p>
              {description.has.train && (
                <a class="button" href={linkTo(["models", model, "train"])}>
                  Train the model
                </a>
              )}
            </Empty>
          )}
          <History loaded={loaded} />
        </div>
      )}
    </Async>
  );
}

function ruleText({ promote }: ModelDescription): string {
  if (promote === "always") return "A training that succeeds serves its weights at once.";
  if (promote === "ask") return "New weights are served when somebody presses “Serve”.";
  return `New weights are served if their ${promote.metric} is ${promote.better} than that of the served ones.`;
}

function versionName(version: number): string {
  return version === 0 ? "The shipped version" : `Version ${version}`;
}

interface TableProps {
  readonly loaded: ModelVersions;
  /** The version that something is done to at the moment. */
  readonly pending: number | undefined;
  readonly serve: (version: number) => void;
  readonly remove: (version: number) => void;
}

function VersionTable({ loaded: { model, served, versions: all }, pending, serve, remove }: TableProps) {
  const versions = all.filter(({ number }) => !isHidden(`version ${model} ${number}`));
  const metrics = [...new Set(versions.flatMap(({ metrics }) => Object.keys(metrics)))];
  const columns: readonly Column<WeightsVersion>[] = [
    {
      title: "Version",
      cell: ({ number }) => (
        <span class="row">
          {number === 0 ? "0 (shipped)" : number}
          {number === served && <Badge tone="good">served</Badge>}
        </span>
      ),
    },
    { title: "Made", cell: ({ createdAt }) => createdAt && <Time at={createdAt} /> },
    ...metrics.map((name) => ({
      title: name,
      numeric: true,
      cell: (version: WeightsVersion) => metricText(version.metrics[name]),
    })),
    { title: "Size", numeric: true, cell: ({ size }) => size !== undefined && bytesText(size) },
    { title: "Training", cell: trainingOf },
    {
      title: "Actions",
      quiet: true,
      cell: ({ number }) =>
        number !== served && (
          <span class="row end">
            <Action onClick={() => serve(number)} {...{ number, pending }}>
              {pending === number ? "Loading…" : number < served ? "Roll back" : "Serve"}
            </Action>
            {number !== 0 && (
              <Action onClick={() => remove(number)} {...{ number, pending }} quiet>
                Delete
              </Action>
            )}
          </span>
        ),
    },
  ];
  return <DataTable title="Versions" rows={versions} keyOf={({ number }) => number} columns={columns} />;
}

interface ActionProps {
  readonly number: number;
  readonly pending: number | undefined;
  readonly onClick: () => void;
  readonly quiet?: boolean;
  readonly children: string;
}

function Action({ number, pending, onClick, quiet = false, children }: ActionProps) {
  return (
    <button
      type="button"
      class={`button small ${quiet ? "quiet" : ""}`}
      disabled={pending !== undefined}
      onClick={onClick}
    >
      {children}
      <span class="visually-hidden">
        {" "}
        {children === "Roll back" && "to "}version {number}
      </span>
    </button>
  );
}

function trainingOf({ runId, number }: WeightsVersion) {
  if (runId === undefined) return number === 0 ? "" : "made elsewhere";
  return (
    <a class="mono" href={linkTo(["runs", runId])}>
      {runId.slice(0, 12)}
    </a>
  );
}

const historyColumns: readonly Column<ServedChange>[] = [
  { title: "When", cell: ({ at }) => <Time at={at} /> },
  { title: "From", cell: ({ from }) => from },
  { title: "To", cell: ({ to }) => to },
  { title: "By", cell: ({ by }) => by },
  { title: "Why", cell: ({ reason }) => reason },
];

function History({ loaded: { history } }: { readonly loaded: ModelVersions }) {
  if (history.length === 0) return null;
  return (
    <section class="stack">
      <h2>What was served when</h2>
      <DataTable title="History" rows={history} keyOf={({ at, to }) => `${at} ${to}`} columns={historyColumns} />
    </section>
  );
}
