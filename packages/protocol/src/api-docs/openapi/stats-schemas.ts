// The schemas of `GET /v2/stats`.
import { type JsonObject, lossReasons, runStates } from "@deepaas/core";
import { instant, listOf, object, ref, text, whole } from "./schema-parts.ts";

const ms = { type: "number", minimum: 0, description: "In milliseconds" } as const;
const bytes = { type: "integer", minimum: 0, description: "In bytes" } as const;

const latency = object({ p50Ms: ms, p95Ms: ms, maxMs: ms }, ["p50Ms", "p95Ms", "maxMs"]);

export const statsSchemas: JsonObject = {
  ServiceStats: object(
    {
      startedAt: { ...instant, description: "The counts are those since then" },
      at: instant,
      status: object({ state: { enum: ["ready", "degraded", "closing"] }, reasons: listOf(text) }, [
        "state",
        "reasons",
      ]),
      node: object(
        { id: text, labels: listOf(text), trains: { type: "boolean" } },
        ["id", "labels", "trains"],
        "Which of several nodes it is; absent if the server is alone",
      ),
      rssBytes: bytes,
      models: listOf(ref("ModelStats")),
      runs: listOf(ref("RunStats")),
      watchers: object(
        { count: whole, mostBehind: { ...whole, description: "The most events that one of them has still to read" } },
        ["count", "mostBehind"],
        "The watches that are open",
      ),
      workers: listOf(ref("WorkerStats")),
      lostWorkers: object(
        {
          count: whole,
          byReason: {
            type: "object",
            propertyNames: { enum: [...lossReasons] },
            additionalProperties: whole,
            description: "Together they are `count`; a reason without workers is absent",
          },
          reason: text,
          at: instant,
        },
        ["count", "byReason"],
        "`reason` and `at` are of the last one",
      ),
      store: object({ kind: text, bytes, problem: text }, ["kind"]),
    },
    ["startedAt", "at", "status", "models", "runs", "watchers", "workers", "lostWorkers", "store"],
    "What the service is doing",
  ),
  ModelStats: object(
    {
      model: text,
      weightsVersion: { ...whole, description: "The version of the weights that is served; 0 is the shipped one" },
      waiting: whole,
      running: whole,
      queue: { type: ["integer", "null"], description: "Calls that may wait; null is no limit" },
      calls: whole,
      failed: { ...whole, description: "Those of `calls` that ended in an error of the service or the model" },
      recent: object(
        { windowMs: ms, calls: whole, failed: whole, latency: { anyOf: [latency, { type: "null" }] } },
        ["windowMs", "calls", "failed", "latency"],
        "At most 256 calls of the last five minutes; `latency` is that of calls that have not failed",
      ),
      reports: { ...whole, description: "Reports of its trainings" },
    },
    ["model", "weightsVersion", "waiting", "running", "queue", "calls", "failed", "recent", "reports"],
    "The predicts of one model",
  ),
  RunStats: object(
    {
      model: text,
      state: { enum: [...runStates] },
      count: { type: "integer", minimum: 1 },
      since: { ...instant, description: "Since when the run that is in this state the longest is in it" },
      lastEventAt: { ...instant, description: "Time of the last event of the run whose last event is the oldest" },
    },
    ["model", "state", "count"],
    "The runs of one model in one state; a terminal state has no times",
  ),
  WorkerStats: object(
    {
      id: whole,
      pid: whole,
      purpose: { enum: ["predict", "train", "both"] },
      models: listOf(text),
      state: { enum: ["starting", "idle", "busy", "loading", "draining", "ending"] },
      runIds: listOf(text),
      calls: whole,
      startedAt: instant,
      rssBytes: bytes,
    },
    ["id", "purpose", "models", "state", "runIds", "calls", "startedAt"],
    "A process that runs models",
  ),
};
