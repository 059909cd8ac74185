import { type ChildProcess, exec, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { bin } from "../support/deepaas.ts";
import { tempFolder } from "../support/temp-folder.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));
const lines = readFileSync(new URL("./commands.sh", import.meta.url), "utf8").split("\n");

/** The command as the README shows it, started by a shell at a free port, with its runs outside of the clone. */
function started(command: string, dataDir: string): ChildProcess {
  const line = lines.find((one) => one.startsWith(command))?.replace(/\s+#.*$/, "") ?? "";
  expect(line).not.toBe("");
  const withPort = `${line}${line === "npm start" ? " --" : ""} --listen-port 0 --data-dir ${dataDir}`;
  // Its own process group: the end of the test must stop npm and its descendants.
  return spawn("sh", ["-c", `exec ${withPort}`], { cwd: root, detached: true, stdio: ["ignore", "pipe", "inherit"] });
}

async function served(child: ChildProcess): Promise<string> {
  let text = "";
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const [, url] = /serving .* at (http:\S+)/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`it ended without serving: ${text}`);
}

test.each([
  ["npm start", ["digits"]],
  ["npm run -s deepaas", ["hello", "digits"]],
])("%s serves, and ends when it is told to", async (command, names) => {
  using folder = tempFolder();
  const child = started(command, `${folder.path}/runs`);
  const ended = once(child, "exit");
  try {
    const url = await served(child);
    const answer = (await (await fetch(`${url}v2/models/`)).json()) as { models: { id: string }[] };
    expect(answer.models.map(({ id }) => id)).toEqual(names);
    child.kill("SIGTERM");
    await ended;
    await expect(fetch(url)).rejects.toThrow();
  } finally {
    try {
      process.kill(-(child.pid as number), "SIGKILL");
    } catch {
      // The whole group has ended, as expected.
    }
  }
});

test("the command that adds a version keeps it in the data directory", async () => {
  using folder = tempFolder();
  const line = lines.find((one) => one.includes(" add-version ")) ?? "";
  const { stdout } = await promisify(exec)(`${line} --data-dir ${folder.path}`, { cwd: root });
  expect(stdout).toContain("version 1 of digits is kept, not served");
});

test("the commands that call the digits model in their own process", async () => {
  using folder = tempFolder();
  const deepaas = (command: string) => {
    const line =
      lines
        .find((one) => one.startsWith(`deepaas ${command}`))
        ?.split(" ")
        .slice(1) ?? [];
    return promisify(execFile)(process.execPath, [bin, ...line, "--data-dir", folder.path], { cwd: root });
  };
  const { stdout } = await deepaas("predict");
  expect(JSON.parse(stdout)).toMatchObject({ predictions: [{ label: "7" }] });
  expect((await deepaas("train")).stdout).toMatch(/^run \w+ of digits succeeded in \d+:\d\d$/m);
});

test("the commands that check and measure a model", { timeout: 60_000 }, async () => {
  using folder = tempFolder();
  const line = (name: string) => lines.find((one) => one.startsWith(`deepaas ${name} `))?.replace("deepaas", "") ?? "";
  const shell = (command: string) => promisify(exec)(`"${process.execPath}" "${bin}" ${command}`, { cwd: root });
  expect((await shell(line("check"))).stdout).toContain("\n0 errors, 0 warnings\n");
  const plot = join(folder.path, "hello.svg");
  const { stdout } = await shell(`${line("bench").replace("hello.svg", plot)} --seconds 0.3 --callers 1,2`);
  expect(stdout).toMatch(/^Callers +Calls\/s +p50 /);
  expect((await stat(plot)).size).toBeGreaterThan(1_000);
});

test("the configuration file and the package.json of docs/configuration.md", async () => {
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [bin, "run", "--print-config"], { cwd });
  expect(stdout).toMatch(/^listenPort +8080 +deepaas\.config\.ts#\/listenPort$/m);
  using project = tempFolder({
    "package.json": readFileSync(new URL("./model-package.json", import.meta.url), "utf8"),
    "dist/digits.js": "export const predict = () => 1;",
  });
  await promisify(execFile)(process.execPath, [bin, "predict", "digits"], { cwd: project.path });
});

test("the command in the digits README reproduces the weights", async () => {
  const line = lines.find((one) => one.startsWith("node examples/digits")) ?? "";
  const folder = await mkdtemp(join(tmpdir(), "deepaas-weights-"));
  try {
    const out = join(folder, "weights.bin");
    const { stdout } = await promisify(exec)(`${line} --epochs 1 --samples 40 --out ${out}`, { cwd: root });
    expect(stdout).toContain("val_accuracy");
    const shipped = new URL("../../examples/digits/weights.bin", import.meta.url);
    expect((await stat(out)).size).toBe((await stat(shipped)).size);
  } finally {
    await rm(folder, { recursive: true });
  }
});
