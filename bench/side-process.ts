// A side of a benchmark in its own process. It prints one line of JSON for each measurement.
import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Measured, Side } from "./bench-case.ts";

/** No measurement, and no start of a side, takes longer. */
const longestMs = 300_000;
const ready = "ready";

/** In the process of the side: measures once, or whenever a line arrives at stdin. */
export async function measureHere(side: Side): Promise<void> {
  const measured = await side();
  if (typeof measured !== "function") {
    print(typeof measured === "number" ? { figure: measured, also: {} } : measured);
    return;
  }
  print(ready);
  for await (const _line of createInterface({ input: process.stdin })) print(await measured());
}

function print(value: Measured | typeof ready): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

export class SideProcess implements Disposable {
  readonly #name: string;
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  /** What it measured, unless it takes turns. */
  readonly measured: Measured | undefined;

  private constructor(name: string, { child, lines, first }: Started) {
    this.#name = name;
    this.#child = child;
    this.#lines = lines;
    this.measured = first === JSON.stringify(ready) ? undefined : measuredIn(name, first);
  }

  /** Resolves when it has measured, or is ready for its turns. */
  static async start(benchCase: string, { side, folder }: WhichSide): Promise<SideProcess> {
    const script = join(folder, "bench.ts");
    const args = [script, "--case", benchCase, "--side", side];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    // It may have ended by itself.
    child.stdin.on("error", () => {});
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const name = `${benchCase}, ${side}`;
    try {
      return new SideProcess(name, { child, lines, first: await nextLine(name, lines) });
    } catch (error) {
      child.kill("SIGKILL");
      throw error;
    }
  }

  async turn(): Promise<Measured> {
    this.#child.stdin?.write("\n");
    return measuredIn(this.#name, await nextLine(this.#name, this.#lines));
  }

  [Symbol.dispose](): void {
    this.#child.kill("SIGKILL");
  }
}

interface WhichSide {
  readonly side: string;
  /** The folder of `bench.ts`, of this clone or of another one. */
  readonly folder: string;
}

interface Started {
  readonly child: ChildProcess;
  readonly lines: AsyncIterator<string>;
  readonly first: string;
}

async function nextLine(name: string, lines: AsyncIterator<string>): Promise<string> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error(`${name}: no figure in ${longestMs} ms`)), longestMs);
  try {
    const { value, done } = await Promise.race([lines.next(), late.promise]);
    if (done) throw new Error(`${name} has ended without a figure`);
    return value;
  } finally {
    clearTimeout(timer);
  }
}

function measuredIn(name: string, line: string): Measured {
  const measured = JSON.parse(line) as Measured;
  if (!Number.isFinite(measured.figure)) throw new Error(`${name}: ${line}`);
  return measured;
}
