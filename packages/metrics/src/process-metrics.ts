// The process of the server: CPU, memory, and what it runs.
import { readFileSync } from "node:fs";
import type { Registry } from "prom-client";
import type { PromClient } from "./recorder.ts";

/** The names without `deepaas_` are those that all programs have. */
export function processMetrics({ Counter, Gauge }: PromClient, registry: Registry): void {
  const registers = [registry];
  new Counter({
    name: "process_cpu_seconds_total",
    help: "CPU time of the process of the server, without its workers.",
    registers,
    collect() {
      const { user, system } = process.cpuUsage();
      this.reset();
      this.inc((user + system) / 1e6);
    },
  });
  new Gauge({
    name: "process_resident_memory_bytes",
    help: "Resident memory of the process of the server, without its workers.",
    registers,
    collect() {
      this.set(process.memoryUsage.rss());
    },
  });
  new Gauge({
    name: "process_start_time_seconds",
    help: "When the process was started, in Unix time.",
    registers,
  }).set(performance.timeOrigin / 1_000);
  new Gauge({
    name: "deepaas_build_info",
    help: "1, with the versions of the server and of Node.js.",
    labelNames: ["version", "node"],
    registers,
  }).set({ version: packageVersion(), node: process.versions.node }, 1);
}

/** The packages of the server are released together, with one version. */
function packageVersion(): string {
  const manifest = readFileSync(new URL("../package.json", import.meta.url), "utf8");
  return (JSON.parse(manifest) as { readonly version: string }).version;
}
