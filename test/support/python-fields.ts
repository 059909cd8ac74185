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
