// The versions of a model's weights: which one is served, their metrics, and the way back.
import type { MetricValue, ModelDescription, ModelVersions, WeightsVersion } from "@deepaas/core";
import { useState } from "preact/hooks";
import { Badge } from "../parts/badge.tsx";
import { isHidden, removeLater } from "../parts/removal.ts";
import { Async, Empty, Failed } from "../parts/states.tsx";
import { TableFrame } from "../parts/table-frame.tsx";
import { bytesText, numberText } from "../parts/texts.ts";
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
  return (
    <TableFrame title="Versions">
      <thead>
        <tr>
          <th scope="col">Version</th>
          <th scope="col">Made</th>
          {metrics.map((name) => (
            <th scope="col" class="number" key={name}>
              {name}
            </th>
          ))}
          <th scope="col" class="number">
            Size
          </th>
          <th scope="col">Training</th>
          <th scope="col">
            <span class="visually-hidden">Actions</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {versions.map((version) => (
          <tr key={version.number}>
            <th scope="row">
              <span class="row">
                {version.number === 0 ? "0 (shipped)" : version.number}
                {version.number === served && <Badge tone="good">served</Badge>}
              </span>
            </th>
            <td>{version.createdAt && <Time at={version.createdAt} />}</td>
            {metrics.map((name) => (
              <td class="number" key={name}>
                {metricText(version.metrics[name])}
              </td>
            ))}
            <td class="number">{version.size !== undefined && bytesText(version.size)}</td>
            <td>{trainingOf(version)}</td>
            <td>
              {version.number !== served && (
                <span class="row end">
                  <button
                    type="button"
                    class="button small"
                    disabled={pending !== undefined}
                    onClick={() => serve(version.number)}
                  >
                    {pending === version.number ? "Loading…" : version.number < served ? "Roll back" : "Serve"}
                    <span class="visually-hidden"> version {version.number}</span>
                  </button>
                  {version.number !== 0 && (
                    <button
                      type="button"
                      class="button small quiet"
                      disabled={pending !== undefined}
                      onClick={() => remove(version.number)}
                    >
                      Delete<span class="visually-hidden"> version {version.number}</span>
                    </button>
                  )}
                </span>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </TableFrame>
  );
}

function metricText(value: MetricValue | undefined): string {
  return value === undefined ? "" : typeof value === "number" ? numberText(value) : value;
}

function trainingOf({ runId, number }: WeightsVersion) {
  if (runId === undefined) return number === 0 ? "" : "made elsewhere";
  return (
    <a class="mono" href={linkTo(["runs", runId])}>
      {runId.slice(0, 12)}
    </a>
  );
}

function History({ loaded: { history } }: { readonly loaded: ModelVersions }) {
  if (history.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="history">
      <h2 id="history">What was served when</h2>
      <TableFrame title="History">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">By</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {history.map(({ at, from, to, by, reason }) => (
            <tr key={at + to}>
              <td>
                <Time at={at} />
              </td>
              <td>{from}</td>
              <td>{to}</td>
              <td>{by}</td>
              <td>{reason}</td>
            </tr>
          ))}
        </tbody>
      </TableFrame>
    </section>
  );
}
