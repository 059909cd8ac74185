// Runs Python with the worker's package `deepaas_worker.fields`.
import { spawn, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const folder = fileURLToPath(new URL("../../packages/python/", import.meta.url));

/** False: `python3` is not installed. */
export const hasPython = spawnSync("python3", ["--version"]).status === 0;

/** Resolves with what was printed. Rejects with stderr if the exit code is not 0. `args` are relative to `packages/python`. */
export function runPython(
  python: string,
  args: readonly string[],
  input = "",
): Promise<{ stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, args, {
      cwd: folder,
      env: { ...process.env, PYTHONPATH: "python", PYTHONDONTWRITEBYTECODE: "1", PYTHONUTF8: "1" },
    });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    child.on("error", reject);
    child.on("close", (code) => {
      if (code === 0) resolve({ stdout, stderr });
      else reject(new Error(`${python} ${args.join(" ")} ended with ${code}:\n${stderr}`));
    });
    // Python may have ended before it read anything; then its exit code tells why.
    child.stdin.on("error", () => {});
    child.stdin.end(input);
  });
}

/** The variables that name Pythons with marshmallow and webargs, and the fields of docs/fields.md that these do not have. */
export const pythons = [
  {
    variable: "DEEPAAS_MARSHMALLOW_3_13_PYTHON",
    packages: "marshmallow 3.13 and webargs 5.5",
    without: ["fields.Enum(Color)"],
  },
  { variable: "DEEPAAS_MARSHMALLOW_3_PYTHON", packages: "marshmallow 3.26 and webargs 8", without: [] },
  {
    variable: "DEEPAAS_MARSHMALLOW_4_PYTHON",
    packages: "marshmallow 4 and webargs 8",
    without: ["fields.Number()", "fields.Int(missing=3)"],
  },
] as const;

interface Outcome {
  /** What the model receives, as Python writes it. */
  readonly taken?: string;
  readonly refused?: string;
}

/** A field of Python as its worker declares it. */
export interface Converted {
  readonly declared: Readonly<Record<string, unknown>>;
  /** What marshmallow says of each value. */
  readonly loads: readonly Outcome[];
  readonly leftOut: Outcome;
  /** Why this version does not have the field. */
  readonly missing?: string;
}

/** Converts fields, written in Python, with the packages of `python`, and loads each value. */
export async function convertRows(
  python: string,
  given: { readonly rows: readonly string[]; readonly values: readonly unknown[] },
): Promise<readonly Converted[]> {
  const { stdout } = await runPython(python, ["test/fields/convert_rows.py"], JSON.stringify(given));
  return JSON.parse(stdout) as readonly Converted[];
}
