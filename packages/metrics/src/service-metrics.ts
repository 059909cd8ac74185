// What `ModelService.stats` tells: what is there at the moment of the scrape.
import { lossReasons, type NodeStats, runStates, type ServiceStats, type WorkerState } from "@deepaas/core";
import type { Registry } from "prom-client";
import type { PromClient } from "./recorder.ts";

type Rows = readonly (readonly [labels: Readonly<Record<string, string>>, value: number])[];

const serviceStates: readonly ServiceStats["status"]["state"][] = ["ready", "degraded", "closing"];
const workerStates: readonly WorkerState[] = ["starting", "idle", "busy", "loading", "draining", "ending"];
const purposes: readonly ServiceStats["workers"][number]["purpose"][] = ["predict", "train", "both"];

/** Returns a function that sets all of them. */
export function serviceMetrics({ Counter, Gauge }: PromClient, registry: Registry): (stats: ServiceStats) => void {
  const registers = [registry];
  const gauge = (name: string, help: string, labelNames: readonly string[] = []) => {
    const metric = new Gauge({ name: `deepaas_${name}`, help, labelNames, registers });
    return (rows: Rows) => {
      metric.reset();
      for (const [labels, value] of rows) metric.set(labels, value);
    };
  };
  const counter = (name: string, help: string, labelNames: readonly string[]) => {
    const metric = new Counter({ name: `deepaas_${name}`, help, labelNames, registers });
    return (rows: Rows) => {
      metric.reset();
      for (const [labels, value] of rows) metric.inc(labels, value);
    };
  };
  const state = gauge("service_state", "1 for the state of the service.", ["state"]);
  const node = gauge("node_info", "1, with the name of this node and its labels. Nothing if the server is alone.", [
    "name",
    "labels",
    "trains",
  ]);
  const waiting = gauge("queue_calls", "Predicts that wait for a slot.", ["model"]);
  const limit = gauge("queue_limit_calls", "Predicts that may wait; further ones are overloaded.", ["model"]);
  const running = gauge("running_calls", "Predicts that have left the queue and have no answer.", ["model"]);
  const version = gauge("weights_version", "Version of the weights that is served; 0 is the shipped one.", ["model"]);
  const workers = gauge("workers", "Processes that run models.", ["state"]);
  const lost = counter("workers_lost_total", "Workers that were lost; another one follows each.", ["reason"]);
  const memory = gauge("workers_resident_memory_bytes", "Resident memory of all workers.", ["purpose"]);
  const runs = gauge("runs", "Trainings that the store has.", ["model", "state"]);
  const age = gauge("run_oldest_age_seconds", "How long a training is in this state at most.", ["model", "state"]);
  const still = gauge(
    "run_oldest_event_seconds",
    "Time since the last event of the training that is silent the longest.",
    ["model", "state"],
  );
  const reports = counter("run_reports_total", "Reports of trainings.", ["model"]);
  const watchers = gauge("watchers", "Watches of trainings that are open.");
  const behind = gauge("watchers_behind_events", "Events that the slowest watch has still to read.");
  const healthy = gauge("store_healthy", "0 if nothing can be stored.");
  const size = gauge("store_size_bytes", "Size of the database on disk.");

  return (stats) => {
    const { models } = stats;
    const served = new Set(models.map(({ model }) => model));
    // A model that is not served any more is no label.
    const ofServed = stats.runs.filter(({ model }) => served.has(model));
    const secondsSince = (at: string) => Math.max(0, (Date.parse(stats.at) - Date.parse(at)) / 1_000);
    state(serviceStates.map((one) => [{ state: one }, one === stats.status.state ? 1 : 0]));
    node(stats.node ? [[nodeLabels(stats.node), 1]] : []);
    waiting(models.map(({ model, waiting: calls }) => [{ model }, calls]));
    limit(models.flatMap(({ model, queue }) => (queue === null ? [] : [[{ model }, queue]])));
    running(models.map(({ model, running: calls }) => [{ model }, calls]));
    version(models.map(({ model, weightsVersion }) => [{ model }, weightsVersion]));
    workers(workerStates.map((one) => [{ state: one }, stats.workers.filter((worker) => worker.state === one).length]));
    lost(lossReasons.map((reason) => [{ reason }, stats.lostWorkers.byReason[reason] ?? 0]));
    memory(
      purposes.map((purpose) => {
        const sizes = stats.workers.filter((one) => one.purpose === purpose).map(({ rssBytes = 0 }) => rssBytes);
        return [{ purpose }, sizes.reduce((sum, bytes) => sum + bytes, 0)];
      }),
    );
    runs(
      models.flatMap(({ model }) =>
        runStates.map((one): Rows[number] => {
          const counted = ofServed.find((run) => run.model === model && run.state === one);
          return [{ model, state: one }, counted?.count ?? 0];
        }),
      ),
    );
    age(
      ofServed.flatMap((one) => (one.since ? [[{ model: one.model, state: one.state }, secondsSince(one.since)]] : [])),
    );
    still(
      ofServed.flatMap(({ model, state: of, lastEventAt }) =>
        lastEventAt ? [[{ model, state: of }, secondsSince(lastEventAt)]] : [],
      ),
    );
    reports(models.map(({ model, reports: count }) => [{ model }, count]));
    watchers([[{}, stats.watchers.count]]);
    behind([[{}, stats.watchers.mostBehind]]);
    healthy([[{}, stats.store.problem === undefined ? 1 : 0]]);
    size(stats.store.bytes === undefined ? [] : [[{}, stats.store.bytes]]);
  };
}

function nodeLabels({ id, labels, trains }: NodeStats): Readonly<Record<string, string>> {
  return { name: id, labels: labels.join(","), trains: String(trains) };
}
