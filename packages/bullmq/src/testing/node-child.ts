// Another node: it handles runs of the model m until it is killed, and writes each as a line. Arguments: a backend as JSON, a file.
import { appendFileSync } from "node:fs";
import { silentLogger } from "@deepaas/core";
import { type BullBackend, bullEngine } from "../index.ts";

const [backendText, file] = process.argv.slice(2) as [string, string];
const backend = JSON.parse(backendText) as BullBackend;
const engine = bullEngine(backend, { leaseMs: 1_000, pollMs: 20, logger: silentLogger });
engine.process(
  (runId, { again }) => {
    appendFileSync(file, `${runId} ${again ? "again" : "first"}\n`);
    return new Promise(() => {});
  },
  { slots: 1, models: new Set(["m"]), served: new Set(["m"]) },
);
