// npm run bench -- [name…] [--rounds N] [--json FILE] [--before CLONE]: prints for each benchmark its ratio to a baseline that is measured in the same run.
import { readdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type BenchCase, type Measured, median, type Side } from "./bench-case.ts";
import { measureHere, SideProcess } from "./side-process.ts";

// Not a case: it compares many servers, takes long, and has options of its own.
if (process.argv[2] === "peers") {
  const { measurePeers } = await import("./peers/peers.ts");
  await measurePeers(process.argv.slice(3)).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  });
  process.exit(0);
}

/** Of a side that takes turns. */
const turnsOfRound = 10;

const folder = join(import.meta.dirname, "cases");
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: "string" },
    rounds: { type: "string" },
    before: { type: "string" },
    case: { type: "string" },
    side: { type: "string" },
  },
});

if (values.case !== undefined) {
  await measureHere(sidesOf(await load(values.case)).get(values.side ?? "baseline") as Side);
  process.exit(0);
} else {
  const known = (await readdir(folder)).map((file) => file.replace(/\.ts$/, "")).toSorted();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`Unknown benchmark: ${unknown.join(", ")}. Known: ${known.join(", ")}.\n`);
    process.exit(2);
  }
  const lines = [];
  process.stdout.write(
    `Node ${process.version}, ${process.platform} ${process.arch}, ${availableParallelism()} cores\n`,
  );
  for (const name of names.length > 0 ? names : known) {
    const benchCase = await load(name);
    const obstacle = await benchCase.obstacle?.();
    if (obstacle !== undefined) {
      process.stdout.write(`${name}: skipped: ${obstacle}\n`);
      continue;
    }
    const line = await measure(benchCase);
    lines.push(line);
    const { goal, unit, ratio, met } = line;
    const [min, mid, max] = [ratio.min, ratio.median, ratio.max].map((figure) => figure.toFixed(3));
    process.stdout.write(
      `${name} against ${line.against}: ${mid} ${unit} (min ${min}, max ${max}); goal ${goal}: ${met ? "met" : "NOT met"}\n`,
    );
    for (const [side, text] of Object.entries(line.sides)) process.stdout.write(`  ${side}: ${text}\n`);
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(lines, null, 2)}\n`);
}

async function load(name: string): Promise<BenchCase> {
  const module = (await import(`./cases/${name}.ts`)) as { readonly default: BenchCase };
  return module.default;
}

/** Returns the sides by name, in the order in which they are measured. */
function sidesOf({ baseline, subject, beside = {} }: BenchCase): ReadonlyMap<string, Side> {
  return new Map(Object.entries({ baseline, subject, ...beside }));
}

/** The same case with the subject of another clone as its baseline: its goal is that nothing is worse. */
function asBefore({ name, goal, subject, rounds = 7 }: BenchCase): BenchCase {
  const nothingWorse = "atMost" in goal ? { atMost: 1 } : { atLeast: 1 };
  return { name, against: "its subject before", goal: nothingWorse, rounds, subject, baseline: subject };
}

async function measure(given: BenchCase) {
  const benchCase = values.before === undefined ? given : asBefore(given);
  const { name, against, goal, unit = "of it", figure = (subject, baseline) => subject / baseline } = benchCase;
  const measured = await measureSides(benchCase);
  const figuresOf = (side: string) => (measured.get(side) as readonly Measured[]).map((one) => one.figure);
  const baselines = figuresOf("baseline");
  const ratio = spread(figuresOf("subject").map((subject, round) => figure(subject, baselines[round] as number)));
  const further = furtherGoals(benchCase, measured.get("subject") as readonly Measured[]);
  const isReached = "atMost" in goal ? ratio.median <= goal.atMost : ratio.median >= goal.atLeast;
  const goalText = "atMost" in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
  const sides = Object.fromEntries(
    [...measured].map(([side, all]) => {
      const toBaseline = spread(figuresOf(side).map((one, round) => one / (baselines[round] as number)));
      const isBeside = side !== "baseline" && side !== "subject";
      const parts = [
        rounded(median(figuresOf(side))),
        ...(isBeside ? [besideText(toBaseline)] : []),
        ...alsoTexts(all),
      ];
      return [side, parts.join(", ")];
    }),
  );
  return {
    name,
    against,
    goal: [goalText, ...further.map(({ text }) => text)].join(""),
    unit,
    ratio,
    sides,
    met: isReached && further.every(({ met }) => met),
  };
}

/** Measures all sides in every round. The order is reversed in every second one, and in every second turn. */
async function measureSides(benchCase: BenchCase): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const names = [...sidesOf(benchCase).keys()];
  const measured = new Map(names.map((side) => [side, [] as Measured[]]));
  for (let round = 0; round < (Number(values.rounds) || (benchCase.rounds ?? 7)); round++) {
    const ofRound = await measureRound(benchCase.name, inOrder(names, round));
    for (const [side, one] of ofRound) measured.get(side)?.push(one);
  }
  return measured;
}

async function measureRound(benchCase: string, names: readonly string[]): Promise<ReadonlyMap<string, Measured>> {
  const measured = new Map<string, Measured>();
  using processes = new DisposableStack();
  const inTurns = new Map<string, SideProcess>();
  for (const side of names) {
    const isBefore = values.before !== undefined && side === "baseline";
    const process = await SideProcess.start(
      benchCase,
      isBefore
        ? { side: "subject", folder: join(values.before as string, "bench") }
        : { side, folder: import.meta.dirname },
    );
    if (process.measured === undefined) {
      inTurns.set(side, processes.use(process));
    } else {
      measured.set(side, process.measured);
      process[Symbol.dispose]();
    }
  }
  const turns = new Map([...inTurns.keys()].map((side) => [side, [] as Measured[]]));
  for (let turn = 0; turn < (inTurns.size > 0 ? turnsOfRound : 0); turn++) {
    for (const side of inOrder([...inTurns.keys()], turn)) {
      turns.get(side)?.push(await (inTurns.get(side) as SideProcess).turn());
    }
  }
  for (const [side, all] of turns) measured.set(side, meanOf(all));
  return measured;
}

function inOrder<T>(all: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? all : all.toReversed();
}

function meanOf(all: readonly Measured[]): Measured {
  const mean = (figureOf: (one: Measured) => number) => all.reduce((sum, one) => sum + figureOf(one), 0) / all.length;
  const units = Object.keys(all[0]?.also ?? {});
  return {
    figure: mean(({ figure }) => figure),
    also: Object.fromEntries(units.map((unit) => [unit, mean(({ also }) => also[unit] as number)])),
  };
}

interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

function spread(figures: readonly number[]): Spread {
  return { min: Math.min(...figures), median: median(figures), max: Math.max(...figures) };
}

function furtherGoals({ alsoAtMost = {} }: BenchCase, subject: readonly Measured[]) {
  return Object.entries(alsoAtMost).map(([unit, limit]) => {
    const largest = Math.max(...subject.map(({ also }) => also[unit] as number));
    return { met: largest <= limit, text: `, and at most ${limit} ${unit} (${rounded(largest)})` };
  });
}

function besideText({ min, median: middle, max }: Spread): string {
  return `${middle.toFixed(3)} of the baseline (min ${min.toFixed(3)}, max ${max.toFixed(3)})`;
}

function alsoTexts(all: readonly Measured[]): string[] {
  return Object.keys(all[0]?.also ?? {}).map(
    (unit) => `${rounded(median(all.map(({ also }) => also[unit] as number)))} ${unit}`,
  );
}

function rounded(figure: number): string {
  return Number(figure.toPrecision(4)).toLocaleString("en");
}
