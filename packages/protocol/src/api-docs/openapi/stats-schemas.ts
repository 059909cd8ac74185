// The schemas of `GET /v2/stats`.
import type { JsonObject } from "@deepaas/core";
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
      rssBytes: bytes,
      models: listOf(ref("ModelStats")),
      workers: listOf(ref("WorkerStats")),
      lostWorkers: object(
        { count: whole, reason: text, at: instant },
        ["count"],
        "`reason` and `at` are of the last one",
      ),
      store: object({ kind: text, bytes, problem: text }, ["kind"]),
    },
    ["startedAt", "at", "status", "models", "workers", "lostWorkers", "store"],
    "What the service is doing",
  ),
  ModelStats: object(
    {
      model: text,
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
    },
    ["model", "waiting", "running", "queue", "calls", "failed", "recent"],
    "The predicts of one model",
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
