// npm run bench -- peers [--rounds N] [--seconds N] [--warm-up FACTOR] [--only PEER,…] [--work WORK,…] [--out FILE]: measures this
// project's server beside other servers, and writes the report.
import { writeFile } from "node:fs/promises";
import { arch, availableParallelism, cpus, release, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { median } from "../bench-case.ts";
import { install } from "./install.ts";
import { baseline, type Peer, peers } from "./peer-list.ts";
import { startPeer } from "./peer-server.ts";
import { type Measured, report } from "./report.ts";
import { cpuWork, health, idle, noop, upload, uploads, type Work, type WorkOptions, watch } from "./works.ts";

const workNames = ["noop", "cpu", "health", "upload", "watch"];
/** Rounds in which the works that take long are measured. */
const slowRounds = 3;

interface Settings extends WorkOptions {
  readonly rounds: number;
  readonly out: string;
  readonly only: readonly Peer[];
  readonly works: readonly string[];
}

interface Job {
  readonly name: string;
  readonly work: Work;
}

export async function measurePeers(args: readonly string[]): Promise<void> {
  const settings = settingsFrom(args);
  if (process.platform !== "linux")
    throw new Error("This benchmark reads CPU time and memory from /proc: it needs Linux.");
  const startedAt = performance.now();
  const all: Measured[] = [];
  for (const peer of settings.only) all.push(await installed(peer));
  for (let round = 0; round < settings.rounds; round++) {
    for (const measured of round % 2 === 0 ? all : all.toReversed()) {
      const at = performance.now();
      await measureRound(measured, { round, settings });
      const cpu = measured.figures.get("noop 32 µs");
      const figure = cpu ? `, ${median(cpu).toFixed(0)} µs of CPU time per call at 32 callers` : "";
      const seconds = ((performance.now() - at) / 1000).toFixed(1);
      print(`round ${round + 1} of ${settings.rounds}: ${measured.peer.title}, ${seconds} s${figure}`);
    }
  }
  const text = report(all, {
    command: ["npm run bench -- peers", ...args].join(" "),
    machine: machine(),
    minutes: Math.ceil((performance.now() - startedAt) / 60_000),
    rounds: settings.rounds,
  });
  await writeFile(settings.out, text);
  for (const { peer, failures } of all) {
    for (const [work, reason] of failures) print(`not measured: ${peer.title}, ${work}: ${reason}`);
  }
  print(`written: ${settings.out}`);
}

function settingsFrom(args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: {
      rounds: { type: "string", default: "7" },
      seconds: { type: "string", default: "1" },
      "warm-up": { type: "string", default: "1" },
      only: { type: "string", default: peers.map(({ name }) => name).join() },
      work: { type: "string", default: workNames.join() },
      out: { type: "string", default: join(import.meta.dirname, "..", "PEERS.md") },
    },
  });
  const names = values.only.split(",");
  const works = values.work.split(",");
  const knownNames = peers.map(({ name }) => name);
  refuseUnknown("peer", names, knownNames);
  refuseUnknown("work", works, workNames);
  return {
    rounds: Number(values.rounds),
    seconds: Number(values.seconds),
    warmUp: Number(values["warm-up"]),
    out: values.out,
    works,
    // The baseline is always measured, twice.
    only: peers.filter(({ name }) => names.includes(name) || name === baseline || name === `${baseline}-again`),
  };
}

function refuseUnknown(what: string, names: readonly string[], known: readonly string[]): void {
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) throw new Error(`Unknown ${what}: ${unknown.join(", ")}. Known: ${known.join(", ")}.`);
}

async function installed(peer: Peer): Promise<Measured> {
  const empty = { peer, figures: new Map<string, number[]>() };
  try {
    return { ...empty, installed: await install(peer), failures: new Map() };
  } catch (error) {
    const reason = (error as Error).message;
    print(`${peer.title}: ${reason}`);
    return { ...empty, installed: undefined, failures: new Map([["install", reason]]) };
  }
}

interface Round {
  readonly round: number;
  readonly settings: Settings;
}

/** Starts the server as it is by default for most of the work, and with two workers for CPU work. */
async function measureRound(measured: Measured, { round, settings }: Round): Promise<void> {
  const { peer } = measured;
  const isWanted = (work: string) => settings.works.includes(work);
  const isSlow = round < slowRounds;
  const jobs: readonly Job[] = [
    { name: "start", work: idle },
    ...(isWanted("noop") ? [{ name: "no-op", work: noop }] : []),
    ...(isWanted("watch") ? (peer.watches ?? []).map((over) => ({ name: `watch ${over}`, work: watch(over) })) : []),
    ...(isWanted("upload") && isSlow ? uploads.map((one) => ({ name: `upload ${one.name}`, work: upload(one) })) : []),
    ...(isWanted("health") && isSlow ? [{ name: "health", work: health }] : []),
  ];
  await inServer(measured, { jobs, settings });
  if (isWanted("cpu") && peer.workers !== undefined) {
    await inServer(measured, { jobs: [{ name: "CPU work", work: cpuWork }], settings, workers: 2 });
  }
}

interface Jobs {
  readonly jobs: readonly Job[];
  readonly settings: Settings;
  readonly workers?: number;
}

/** Does the jobs one after the other. What fails is noted and not tried in further rounds. */
async function inServer(measured: Measured, { jobs, settings, workers }: Jobs): Promise<void> {
  const { peer, installed, figures, failures } = measured;
  const start = workers === undefined ? "start" : `start with ${workers} workers`;
  if (installed === undefined || failures.has(start)) return;
  const server = await startPeer({ peer, folder: installed.folder, workers }).catch((error: Error) => {
    failures.set(start, firstLine(error));
  });
  if (!server) return;
  try {
    for (const { name, work } of jobs) {
      if (failures.has(name)) continue;
      try {
        for (const [figure, value] of Object.entries(await work(server, settings))) {
          figures.set(figure, [...(figures.get(figure) ?? []), value]);
        }
      } catch (error) {
        failures.set(
          name,
          `${firstLine(error as Error)}; the server printed: ${await server.lastLine()}`.slice(0, 300),
        );
      }
    }
  } finally {
    await server.stop();
  }
}

function firstLine({ message }: Error): string {
  return message.split("\n")[0] ?? "";
}

function machine(): string {
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB of memory`;
  const model = cpus()[0]?.model.trim() || arch();
  return `${model}, ${availableParallelism()} cores, ${memory}, Linux ${release().split("-")[0]}, Node ${process.version}`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
