// The lines of the README, run.
import { exec, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test, vi } from "vitest";

// Each command waits while another one in this clone builds, then it builds; the machine may be slow.
vi.setConfig({ testTimeout: 120_000 });

const cwd = fileURLToPath(new URL("../..", import.meta.url));
const lines = (await readFile(new URL("./commands.sh", import.meta.url), "utf8")).split("\n");
const lineOf = (command: string) => lines.find((line) => line.startsWith(command)) ?? "";
const run = promisify(exec);

test("the model is served from workers, and tells what curl uploads", async () => {
  // A process group of its own: the end of the test must stop npm and its descendants.
  const child = spawn("sh", ["-c", `exec ${lineOf("npm")} --listen-port 0`], {
    cwd,
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = once(child, "exit");
  try {
    let text = "";
    for await (const chunk of child.stdout) {
      text += String(chunk);
      // The whole line: a chunk may end within the port.
      if (/serving .* at http:\S+\n/.test(text)) break;
    }
    const [, port] = /serving .* at http:\/\/127\.0\.0\.1:(\d+)/.exec(text) ?? expect.fail(`not served: ${text}`);
    const { stdout } = await run(lineOf("curl").replace("5000", String(port)), { cwd });
    expect(JSON.parse(stdout)).toMatchObject({ status: "OK", predictions: [{ label: "7" }, {}, {}] });
    child.kill("SIGTERM");
    await ended;
  } finally {
    try {
      process.kill(-(child.pid as number), "SIGKILL");
    } catch {
      // The whole group has ended, as expected.
    }
  }
});

test("the shipped file is what the command makes of the digits example's weights", async () => {
  const folder = await mkdtemp(join(tmpdir(), "deepaas-onnx-"));
  try {
    const out = join(folder, "made.onnx");
    await run(`${lineOf("node")} --out ${out}`, { cwd });
    const shipped = await readFile(new URL("./digits.onnx", import.meta.url));
    expect((await readFile(out)).equals(shipped)).toBe(true);
  } finally {
    await rm(folder, { recursive: true });
  }
});
