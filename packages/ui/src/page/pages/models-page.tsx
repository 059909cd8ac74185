// All models of the server, a card each.
import type { ModelMetadata, ModelStats, ServiceStats } from "@deepaas/core";
import { Badge } from "../parts/badge.tsx";
import { Facts } from "../parts/facts.tsx";
import { linksOf, textOf, titleOf } from "../parts/metadata.ts";
import { usePageTitle } from "../parts/page-title.ts";
import { Async, Empty } from "../parts/states.tsx";
import { durationText } from "../parts/texts.ts";
import { linkTo, type PageProps } from "../routing/router.ts";
import { service } from "../service/connection.ts";
import { useLoaded } from "../service/loaded.ts";

export function ModelsPage(_props: PageProps) {
  usePageTitle("Models");
  const models = useLoaded("models", (signal) => service.models({ signal }), { everyMs: 5_000 });
  const stats = useLoaded("stats", (signal) => service.stats({ signal }), { everyMs: 3_000 });
  return (
    <>
      <div class="page-head">
        <h1>Models</h1>
      </div>
      <Async of={models} what="the models">
        {(loaded) =>
          loaded.length === 0 ? (
            <Empty title="No model is served" />
          ) : (
            <ul class="cards plain">
              {loaded.map((model) => (
                <ModelCard key={model.servedAs} model={model} stats={stats.value} />
              ))}
            </ul>
          )
        }
      </Async>
    </>
  );
}

interface ModelCardProps {
  readonly model: ModelMetadata;
  readonly stats: ServiceStats | undefined;
}

function ModelCard({ model, stats }: ModelCardProps) {
  const { servedAs, weightsVersion } = model;
  const own = stats?.models.find((one) => one.model === servedAs);
  const workers = stats?.workers.filter(({ models }) => models.includes(servedAs)) ?? [];
  const description = textOf(model.description);
  const links = linksOf(model);
  return (
    <li class="card model-card">
      <div class="row between">
        <h2>
          <a href={linkTo(["models", servedAs])}>{titleOf(model)}</a>
        </h2>
        <ModelState stats={stats} />
      </div>
      {description && <p class="soft">{description}</p>}
      <Facts
        of={[
          ["Author", textOf(model.author)],
          ["Licence", textOf(model.license)],
          ["Version", textOf(model.version)],
          ["Weights", weightsVersion === 0 ? "as shipped" : `version ${weightsVersion}`],
          ["Calls", own && callsText(own)],
          ["Latency", own && latencyText(own)],
          ["Queue", own && queueText(own)],
          [
            "Workers",
            stats &&
              (workers.length === 0 ? "in the server's process" : workersText(workers.map(({ state }) => state))),
          ],
        ]}
      />
      {links.length > 0 && (
        <p class="row small">
          {links.map(({ title, href }) => (
            <a key={href} href={href} target="_blank" rel="noreferrer">
              {title}
            </a>
          ))}
        </p>
      )}
      <p class="row end-of-card">
        <a class="button primary" href={linkTo(["models", servedAs])}>
          Try it
        </a>
        <a class="button" href={linkTo(["models", servedAs, "train"])}>
          Train
        </a>
        <a class="button quiet" href={linkTo(["models", servedAs, "versions"])}>
          Versions
        </a>
      </p>
    </li>
  );
}

function ModelState({ stats }: Pick<ModelCardProps, "stats">) {
  if (!stats) return null;
  const { state } = stats.status;
  return <Badge tone={state === "ready" ? "good" : "warn"}>{state}</Badge>;
}

function callsText({ calls, failed }: ModelStats): string {
  return failed === 0 ? String(calls) : `${calls}, ${failed} failed`;
}

function latencyText({ recent: { latency } }: ModelStats): string {
  if (!latency) return "no recent calls";
  return `${durationText(latency.p50Ms)} median, ${durationText(latency.p95Ms)} at 95 %`;
}

function queueText({ waiting, running }: ModelStats): string {
  return `${waiting} waiting, ${running} running`;
}

/** `2 idle, 1 busy`. */
function workersText(states: readonly string[]): string {
  const counts = Map.groupBy(states, (state) => state);
  return [...counts].map(([state, all]) => `${all.length} ${state}`).join(", ");
}
