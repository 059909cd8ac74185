// npm run bench -- [name…] [--json FILE]: one line per benchmark, each a ratio to a baseline measured in the same run.
import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { type BenchCase, type Measured, median, type Side } from "./bench-case.ts";

const folder = join(import.meta.dirname, "cases");
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, case: { type: "string" }, side: { type: "string" } },
});

if (values.case !== undefined) {
  // One side of one case, in this fresh process: prints what it measured.
  const side = sidesOf(await load(values.case)).get(values.side ?? "baseline") as Side;
  const measured = await side();
  process.stdout.write(JSON.stringify(typeof measured === "number" ? { figure: measured, also: {} } : measured));
  process.exit(0);
} else {
  const known = (await readdir(folder)).map((file) => file.replace(/\.ts$/, "")).toSorted();
  const unknown = names.filter((name) => !known.includes(name));
  if (unknown.length > 0) {
    process.stderr.write(`There is no benchmark ${unknown.join(", ")}; there are ${known.join(", ")}.\n`);
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
    for (const [side, told] of Object.entries(line.sides)) process.stdout.write(`  ${side}: ${told}\n`);
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(lines, null, 2)}\n`);
}

async function load(name: string): Promise<BenchCase> {
  const module = (await import(`./cases/${name}.ts`)) as { readonly default: BenchCase };
  return module.default;
}

/** By name, in the order in which they take turns. */
function sidesOf({ baseline, subject, beside = {} }: BenchCase): ReadonlyMap<string, Side> {
  return new Map(Object.entries({ baseline, subject, ...beside }));
}

async function measure(benchCase: BenchCase) {
  const {
    name,
    against,
    goal,
    unit = "of it",
    rounds = 7,
    alsoAtMost = {},
    figure = (subject, baseline) => subject / baseline,
  } = benchCase;
  const measured = new Map([...sidesOf(benchCase).keys()].map((side) => [side, [] as Measured[]]));
  for (let round = 0; round < rounds; round++) {
    const turns = [...measured];
    for (const [side, all] of round % 2 === 0 ? turns : turns.toReversed()) all.push(await inFreshProcess(name, side));
  }
  const figuresOf = (side: string) => (measured.get(side) as Measured[]).map((one) => one.figure);
  const baselines = figuresOf("baseline");
  const spreadOf = (figures: readonly number[], to: typeof figure) => {
    const ratios = figures.map((one, round) => to(one, baselines[round] as number));
    return { min: Math.min(...ratios), median: median(ratios), max: Math.max(...ratios) };
  };
  const ratio = spreadOf(figuresOf("subject"), figure);
  const alsoMost = Object.entries(alsoAtMost).map(([of, most]) => {
    const largest = Math.max(...(measured.get("subject") as Measured[]).map((one) => one.also[of] as number));
    return { met: largest <= most, text: `, and at most ${most} ${of} (${rounded(largest)})` };
  });
  const reached = "atMost" in goal ? ratio.median <= goal.atMost : ratio.median >= goal.atLeast;
  const met = reached && alsoMost.every((one) => one.met);
  const goalText = [
    "atMost" in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`,
    ...alsoMost.map(({ text }) => text),
  ].join("");
  const sides = Object.fromEntries(
    [...measured].map(([side, all]) => {
      const also = Object.keys(all[0]?.also ?? {}).map(
        (of) => `${rounded(median(all.map((one) => one.also[of] as number)))} ${of}`,
      );
      const { min, median: mid, max } = spreadOf(figuresOf(side), (one, baseline) => one / baseline);
      const beside =
        side === "baseline" || side === "subject"
          ? []
          : [`${mid.toFixed(3)} of the baseline (min ${min.toFixed(3)}, max ${max.toFixed(3)})`];
      return [side, [rounded(median(figuresOf(side))), ...beside, ...also].join(", ")];
    }),
  );
  return { name, against, goal: goalText, unit, ratio, sides, met };
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
