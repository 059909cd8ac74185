// npm run bench -- [name…] [--json FILE]: one line per benchmark, each a ratio to a baseline measured in the same run.
import { execFile } from "node:child_process";
import { readdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { parseArgs, promisify } from "node:util";
import { type BenchCase, median } from "./bench-case.ts";

const folder = join(import.meta.dirname, "cases");
const { values, positionals: names } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "string" }, case: { type: "string" }, side: { type: "string" } },
});

if (values.case !== undefined) {
  // One side of one case, in this fresh process: prints its figure.
  const benchCase = await load(values.case);
  process.stdout.write(String(await benchCase[values.side === "subject" ? "subject" : "baseline"]()));
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
  }
  if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(lines, null, 2)}\n`);
}

async function load(name: string): Promise<BenchCase> {
  const module = (await import(`./cases/${name}.ts`)) as { readonly default: BenchCase };
  return module.default;
}

async function measure(benchCase: BenchCase) {
  const {
    name,
    against,
    goal,
    unit = "of it",
    rounds = 7,
    figure = (subject, baseline) => subject / baseline,
  } = benchCase;
  const figures: number[] = [];
  const sides = { baseline: [] as number[], subject: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? (["baseline", "subject"] as const) : (["subject", "baseline"] as const);
    for (const side of order) sides[side].push(await inFreshProcess(name, side));
    figures.push(figure(sides.subject.at(-1) as number, sides.baseline.at(-1) as number));
  }
  const ratio = { min: Math.min(...figures), median: median(figures), max: Math.max(...figures) };
  const met = "atMost" in goal ? ratio.median <= goal.atMost : ratio.median >= goal.atLeast;
  const goalText = "atMost" in goal ? `at most ${goal.atMost}` : `at least ${goal.atLeast}`;
  return {
    name,
    against,
    goal: goalText,
    unit,
    ratio,
    baseline: median(sides.baseline),
    subject: median(sides.subject),
    met,
  };
}

async function inFreshProcess(name: string, side: string): Promise<number> {
  const self = join(import.meta.dirname, "bench.ts");
  const { stdout } = await promisify(execFile)(process.execPath, [self, "--case", name, "--side", side], {
    timeout: 300_000,
  });
  const figure = Number(stdout);
  if (!Number.isFinite(figure)) throw new Error(`${name}, ${side}: printed no figure but ${JSON.stringify(stdout)}`);
  return figure;
}
