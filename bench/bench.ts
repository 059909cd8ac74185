// npm run bench -- [name…] [--rounds N] [--json FILE]: prints for each benchmark its ratio to a baseline that is measured in the same run.
import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { type BenchCase, type Measured, median, type Side } from "./bench-case.ts";

// Not a case: it compares many servers, takes long, and has options of its own.
if (process.argv[2] === "peers") {
  const { measurePeers } = await import("./peers/peers.ts");
  await measurePeers(process.argv.slice(3)).catch((error: Error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(2);
  });
  process.exit(0);
}

const folder = join(import.meta.dirname, "cases");
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, rounds: { type: "string" }, case: { type: "string" }, side: { type: "string" } },
});

if (values.case !== undefined) {
  // Measures one side of one case in this process, and prints the result as JSON.
  const side = sidesOf(await load(values.case)).get(values.side ?? "baseline") as Side;
  const measured = await side();
  process.stdout.write(JSON.stringify(typeof measured === "number" ? { figure: measured, also: {} } : measured));
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
    const line = await measure(await load(name));
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

async function measure(benchCase: BenchCase) {
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

/** Measures all sides in every round. The order is reversed in every second one. */
async function measureSides(benchCase: BenchCase): Promise<ReadonlyMap<string, readonly Measured[]>> {
  const measured = new Map([...sidesOf(benchCase).keys()].map((side) => [side, [] as Measured[]]));
  for (let round = 0; round < (Number(values.rounds) || (benchCase.rounds ?? 7)); round++) {
    const turns = [...measured];
    for (const [side, all] of round % 2 === 0 ? turns : turns.toReversed()) {
      all.push(await inFreshProcess(benchCase.name, side));
    }
  }
  return measured;
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

async function inFreshProcess(name: string, side: string): Promise<Measured> {
  const self = join(import.meta.dirname, "bench.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [self, "--case", name, "--side", side], {
    timeout: 300_000,
  });
  const measured = JSON.parse(stdout) as Measured;
  if (!Number.isFinite(measured.figure)) throw new Error(`${name}, ${side}: ${stdout}`);
  return measured;
}
