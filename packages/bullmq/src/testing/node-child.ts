// Another node: it handles runs of the model m until it is killed, and prints each as a line. Argument: a backend as JSON.
import { silentLogger } from "@deepaas/core";
import { type BullBackend, bullEngine } from "../index.ts";

const backend = JSON.parse(process.argv[2] as string) as BullBackend;
const engine = bullEngine(backend, { leaseMs: 1_000, pollMs: 20, logger: silentLogger });
engine.process(
  (runId, { again }) => {
    process.stdout.write(`${runId} ${again ? "again" : "first"}\n`);
    return new Promise(() => {});
  },
  { slots: 1, models: new Set(["m"]) },
);
