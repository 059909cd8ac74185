// What the server is doing: its health with the reasons, its workers, queues, memory and store.
import type { ModelStats, ServiceStats, WorkerStats } from "@deepaas/core";
import { Badge } from "../parts/badge.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { Facts } from "../parts/facts.tsx";
import { usePageTitle } from "../parts/page-title.ts";
import { Async } from "../parts/states.tsx";
import { bytesText, durationText } from "../parts/texts.ts";
import { Time } from "../parts/time.tsx";
import { linkTo, type PageProps } from "../routing/router.ts";
import { serverUrl, service } from "../service/connection.ts";
import { useLoaded } from "../service/loaded.ts";

export function ServerPage(_props: PageProps) {
  usePageTitle("Server");
  const stats = useLoaded("stats", (signal) => service.stats({ signal }), { everyMs: 2_000 });
  return (
    <>
      <div class="page-head">
        <h1>Server</h1>
        <p class="row small">
          <a href={`${serverUrl}/api`}>API</a>
          <a href={`${serverUrl}/openapi.json`}>OpenAPI</a>
        </p>
      </div>
      <Async of={stats} what="the state of the server">
        {(loaded) => (
          <div class="stack wide">
            <Health stats={loaded} />
            {!loaded.restricted && <Overview stats={loaded} />}
            <Models stats={loaded} />
            {loaded.restricted ? (
              <p class="note">Workers, memory and the store are shown to those who have the scope admin.</p>
            ) : (
              <Workers stats={loaded} />
            )}
          </div>
        )}
      </Async>
    </>
  );
}

interface StatsProps {
  readonly stats: ServiceStats;
}

function Health({ stats: { status, lostWorkers } }: StatsProps) {
  const { state, reasons } = status;
  return (
    <div class={`note ${state === "ready" ? "good" : "warn"}`}>
      <p>
        <strong>{healthTexts[state]}</strong>
      </p>
      {reasons.length > 0 && (
        <ul>
          {reasons.map((reason) => (
            <li key={reason}>{reason}</li>
          ))}
        </ul>
      )}
      {lostWorkers.count > 0 && (
        <p class="small">
          {lostWorkers.count === 1 ? "One worker was lost" : `${lostWorkers.count} workers were lost`} since the start
          {lostWorkers.reason && `, the last because ${lostWorkers.reason}`}
          {lostWorkers.at && (
            <>
              {" "}
              (<Time at={lostWorkers.at} />)
            </>
          )}
          .
        </p>
      )}
    </div>
  );
}

const healthTexts = {
  ready: "Ready: everything works.",
  degraded: "Degraded: calls are answered, but a part fails.",
  closing: "Closing: the server is shutting down.",
} as const satisfies Record<ServiceStats["status"]["state"], string>;

function Overview({ stats: { startedAt, at, node, rssBytes, workers, store } }: StatsProps) {
  const bytes = workers.map((worker) => worker.rssBytes ?? 0).reduce((sum, one) => sum + one, 0);
  return (
    <div class="card">
      <Facts
        of={[
          ["Node", node && [node.id, ...node.labels].join(", ")],
          ["Up for", durationText(Date.parse(at) - Date.parse(startedAt))],
          ["Memory", rssBytes !== undefined && bytesText(rssBytes)],
          ["Memory of workers", bytes > 0 && bytesText(bytes)],
          ["Store of runs", store.kind === "memory" ? "memory, until the server ends" : store.kind],
          ["Size of the store", store.bytes !== undefined && bytesText(store.bytes)],
          ["Problem", store.problem],
        ]}
      />
    </div>
  );
}

const ms = (value: number | undefined) => value !== undefined && durationText(value);

const modelColumns: readonly Column<ModelStats>[] = [
  { title: "Model", cell: ({ model }) => <a href={linkTo(["models", model])}>{model}</a> },
  { title: "Weights", numeric: true, cell: ({ weightsVersion }) => weightsVersion },
  { title: "Waiting", numeric: true, cell: ({ waiting }) => waiting },
  { title: "Running", numeric: true, cell: ({ running }) => running },
  { title: "May wait", numeric: true, cell: ({ queue }) => queue ?? "no limit" },
  { title: "Calls", numeric: true, cell: ({ calls }) => calls },
  { title: "Failed", numeric: true, cell: ({ failed }) => failed },
  { title: "Median", numeric: true, cell: ({ recent }) => ms(recent.latency?.p50Ms) },
  { title: "95 %", numeric: true, cell: ({ recent }) => ms(recent.latency?.p95Ms) },
  { title: "Longest", numeric: true, cell: ({ recent }) => ms(recent.latency?.maxMs) },
];

function Models({ stats: { models } }: StatsProps) {
  return (
    <section class="stack">
      <h2>Models</h2>
      <DataTable title="Models" rows={models} keyOf={({ model }) => model} columns={modelColumns} />
      <p class="small soft">Latency of the last calls: at most 256, of the last five minutes.</p>
    </section>
  );
}

const workerTones = {
  starting: "busy",
  idle: "good",
  busy: "busy",
  loading: "busy",
  draining: "warn",
  ending: "warn",
} as const satisfies Record<WorkerStats["state"], string>;

const workerColumns: readonly Column<WorkerStats>[] = [
  { title: "Worker", cell: ({ id }) => id },
  { title: "State", cell: ({ state }) => <Badge tone={workerTones[state]}>{state}</Badge> },
  { title: "For", cell: ({ purpose }) => purpose },
  { title: "Models", cell: ({ models }) => models.join(", ") },
  {
    title: "Trains",
    cell: ({ runIds }) =>
      runIds.map((run) => (
        <a key={run} class="mono" href={linkTo(["runs", run])}>
          {run.slice(0, 12)}
        </a>
      )),
  },
  { title: "Memory", numeric: true, cell: ({ rssBytes }) => rssBytes !== undefined && bytesText(rssBytes) },
  { title: "Calls", numeric: true, cell: ({ calls }) => calls },
  { title: "Started", cell: ({ startedAt }) => <Time at={startedAt} /> },
  { title: "Process", numeric: true, cell: ({ pid }) => pid },
];

function Workers({ stats: { workers } }: StatsProps) {
  return (
    <section class="stack">
      <h2>Workers</h2>
      {workers.length === 0 ? (
        <p class="soft">The models run in the server's process, or no worker has been started yet.</p>
      ) : (
        <DataTable title="Workers" rows={workers} keyOf={({ id }) => id} columns={workerColumns} />
      )}
    </section>
  );
}
