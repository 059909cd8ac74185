// A project from `deepaas new`, as a user makes, installs, starts and tests it: from packed packages, in an empty home.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type LocalRegistry, localRegistry, npmEnv } from "./support/local-registry.ts";
import { tempFolder } from "./support/temp-folder.ts";

const run = promisify(execFile);
const lines = readFileSync(new URL("./readme/new-project.sh", import.meta.url), "utf8").split("\n");
const model = "export const predict = () => ({ answer: 42 });\n";
const home = tempFolder({ "model.ts": model });
let registry: LocalRegistry;
let env: NodeJS.ProcessEnv;

beforeAll(async () => {
  registry = await localRegistry("deepaas", "create-deepaas");
  env = npmEnv(home.path, registry);
}, 120_000);
afterAll(async () => {
  await registry[Symbol.asyncDispose]();
  home[Symbol.dispose]();
}, 120_000);

/** The line of the README that starts with these words. */
function shown(words: string): string {
  const line = lines.find((one) => one.startsWith(words)) ?? "";
  expect(line).not.toBe("");
  return line;
}

const shell = (command: string, folder = home.path) => run("sh", ["-ec", command], { cwd: folder, env });

/** Runs a command that serves until the scope ends. */
async function served(command: string, folder: string) {
  const child = spawn("sh", ["-c", `exec ${command}`], { cwd: folder, env, detached: true, stdio: "pipe" });
  const ended = once(child, "exit");
  const url = await urlOf(child);
  return {
    url,
    async predict(name: string, args: object): Promise<unknown> {
      const headers = { "content-type": "application/json", accept: "application/vnd.deepaas+json" };
      const body = JSON.stringify(args);
      const answer = await fetch(`${url}v2/models/${name}/predict/`, { method: "POST", headers, body });
      return answer.json();
    },
    async [Symbol.asyncDispose]() {
      process.kill(-(child.pid as number), "SIGTERM");
      await ended;
      await expect(fetch(url)).rejects.toThrow();
    },
  };
}

async function urlOf(child: ChildProcess): Promise<string> {
  let text = "";
  child.stderr?.on("data", (chunk) => {
    text += String(chunk);
  });
  for await (const chunk of child.stdout ?? []) {
    text += String(chunk);
    const [, url] = /serving .* at (http:\S+)/.exec(text) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`it ended without serving: ${text}`);
}

test("the registry has the packages of the workspace, packed", () => {
  expect(registry.published).toEqual(expect.arrayContaining(["deepaas", "create-deepaas", "@deepaas/cli"]));
});

test("npx deepaas run serves a module without an installation", { timeout: 120_000 }, async () => {
  await using server = await served(`${shown("npx deepaas run")} --listen-port 0 --no-store`, home.path);
  expect(await server.predict("model", {})).toEqual({ answer: 42 });
});

test("the package deepaas has the command under all its names", { timeout: 60_000 }, async () => {
  const usages = ["deepaas", "deepaas-run", "deepaas-cli"].map((name) => `${name} --help`).join(" && ");
  const { stdout } = await shell(`npx --package deepaas -c '${usages}'`);
  expect(stdout).toMatch(/^Usage: deepaas <command> \[options\]/);
  expect(stdout).toContain("Usage: deepaas run ");
  expect(stdout).toContain("usage: deepaas-cli ");
});

const projects = [
  {
    template: "hello",
    make: shown("npx deepaas new"),
    name: "my-model",
    call: { x: 3 },
    answer: { y: 0 },
  },
  {
    template: "tfjs",
    make: shown("npm create deepaas").replace("my-model", "my-network"),
    name: "my-network",
    call: { x: 0 },
    answer: { y: expect.any(Number) },
  },
];

describe.each(projects)("a project from the template $template", ({ make, name, call, answer }) => {
  const folder = join(home.path, name);

  test("is made with one command, which prints the next ones", { timeout: 120_000 }, async () => {
    const { stdout } = await shell(make);
    expect(stdout).toContain(`\n  cd ${name}\n  npm install\n  npm start\n`);
  });

  test("is installed, checked and tested", { timeout: 120_000 }, async () => {
    await shell(shown("npm install"), folder);
    await shell("npm run types", folder);
    const { stdout } = await shell("npm test", folder);
    expect(stdout).toMatch(/\bpass 2\b/);
    expect(stdout).toMatch(/\bfail 0\b/);
    expect((await shell("npx deepaas check", folder)).stdout).toContain("0 errors, 0 warnings");
  });

  test("is served by npm start", { timeout: 60_000 }, async () => {
    await using server = await served(`${shown("npm start")} -- --listen-port 0`, folder);
    expect(await server.predict(name, call)).toEqual(answer);
  });
});

test("what the Dockerfile of docs/deploy.md installs serves the project", { timeout: 120_000 }, async () => {
  const dockerfile = readFileSync(new URL("../deploy/project.Dockerfile", import.meta.url), "utf8");
  const [, install = ""] = /^RUN (npm .*)$/m.exec(dockerfile) ?? [];
  const stage = join(home.path, "stage");
  cpSync(join(home.path, "my-model"), stage, {
    recursive: true,
    filter: (path) => !/node_modules|\.deepaas/.test(path),
  });
  // The registry has the TypeScript of this platform only, and `npm ci` asks for all of them.
  await shell("npm pkg delete devDependencies && npm install --package-lock-only --save-dev axe-core", stage);
  await shell(install, stage);
  expect(readdirSync(join(stage, "node_modules"))).not.toContain("axe-core");
  await using server = await served("node_modules/.bin/deepaas run --listen-port 0 --no-store", stage);
  expect(await server.predict("my-model", { x: 3 })).toEqual({ y: 0 });
});
