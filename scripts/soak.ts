/**
 * npm run soak -- [--kills N] [--trainings N] [--seed N]: kills the server again and again; one line says how it went.
 * npm run soak -- cluster [--runs N] [--nodes N] [--minutes N] [--seed N] [--queue postgres|redis]: kills the nodes of a cluster.
 */
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { killNodes } from "../test/support/cluster-kills.ts";
import { killAgainAndAgain } from "../test/support/killed-again.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    kills: { type: "string", default: "200" },
    trainings: { type: "string", default: "20" },
    runs: { type: "string", default: "1000" },
    nodes: { type: "string", default: "5" },
    minutes: { type: "string", default: "5" },
    queue: { type: "string", default: "postgres" },
    seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 31)) },
  },
});
const { kills, trainings, runs, nodes } = counts("kills", "trainings", "runs", "nodes");
const [minutes, seed, { queue }] = [Number(values.minutes), Number(values.seed), values];
if (!(minutes > 0)) fail("--minutes is a number above 0");
if (!Number.isInteger(seed)) fail("--seed is a whole number");
if (queue !== "postgres" && queue !== "redis") fail("--queue is postgres or redis");
if (positionals.some((name) => name !== "cluster")) fail("the only word is cluster");

console.log(
  `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores, seed ${seed}`,
);
const startedAt = performance.now();
const passed = () => ((performance.now() - startedAt) / 60_000).toFixed(1);
const onKill = (done: number) => done % 20 === 0 && console.log(`${done} kills after ${passed()} minutes`);
await (positionals.length > 0 ? soakCluster() : soakServer());

async function soakServer(): Promise<void> {
  const plan = { kills, trainings, seed, onKill };
  const { killedWhileStarting, attempts, events, watchers, connections } = await killAgainAndAgain(plan);
  console.log(
    `${kills} kills (${killedWhileStarting} while it started) in ${passed()} minutes: ${trainings} trainings succeeded after ` +
      `${attempts} attempts; each of their ${events} events is there once, and was told once to each watcher of its run, of ${watchers} in all, ` +
      `over ${connections} connections; no process was left.`,
  );
}

async function soakCluster(): Promise<void> {
  const plan = { runs, nodes, minutes, seed, queue: queue as "postgres" | "redis", onKill };
  const { kills: killed, attempts, events, watchers, seconds } = await killNodes(plan);
  console.log(
    `${nodes} nodes with a queue in ${queue}, of which ${killed.SIGKILL} were killed, ${killed.SIGTERM} told to end and ` +
      `${killed.SIGSTOP} frozen in ${(seconds / 60).toFixed(1)} minutes: ${runs} runs succeeded, each once, after ${attempts} ` +
      `attempts; each of their ${events} events is there once, and was told once to each watcher of its run, of ${watchers} in all; no process was left.`,
  );
}

function counts<const Name extends keyof typeof values>(...names: readonly Name[]): Readonly<Record<Name, number>> {
  const all = names.map((name) => [name, Number(values[name])] as const);
  for (const [name, count] of all)
    if (!Number.isInteger(count) || count < 1) fail(`--${name} is a whole number from 1`);
  return Object.fromEntries(all) as Record<Name, number>;
}

function fail(message: string): never {
  console.error(`soak: ${message}.`);
  process.exit(2);
}
