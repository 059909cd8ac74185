#!/usr/bin/env node
// One command on a bare machine: from Node >= 18 and npm to a served model, or to a finished test run. Each command first
// brings the pinned tools, the dependencies and the build up to date, and is silent about what already is. It imports
// nothing but Node, because it runs before anything is installed.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { constants } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(fileURLToPath(import.meta.url));
const inRoot = (...names) => join(root, ...names);
const tools = inRoot("tools", "node_modules");
const windows = process.platform === "win32";

function fail(text) {
  process.stderr.write(`dev: ${text}\n`);
  process.exit(1);
}

// ---- Processes. A signal is passed on to whatever runs, and we end after it: no server, installer or compiler stays behind.

const passedOn = ["SIGINT", "SIGTERM", "SIGHUP"];
let tellRunning = () => {};
let asked;
function stop(signal) {
  asked = signal;
  tellRunning(signal);
}
for (const signal of passedOn) process.on(signal, () => stop(signal));

// npm passes SIGINT and SIGTERM on to us; when it was ended in another way, we notice that we have another parent.
const parent = process.ppid;
const watchParent = setInterval(() => {
  if (process.ppid === parent) return;
  clearInterval(watchParent);
  stop("SIGTERM");
}, 1000).unref();
if (!process.env.npm_lifecycle_event) clearInterval(watchParent);

/** Resolves to `{ code, signal }` once the process has ended; `tell` passes a signal on to it. */
function ended(child, tell) {
  tellRunning = tell;
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

/** Ends this process the way the child ended. */
function endAs({ code, signal }) {
  if (!signal) process.exit(code);
  if (!passedOn.includes(signal)) process.exit(128 + constants.signals[signal]);
  process.removeAllListeners(signal);
  process.kill(process.pid, signal);
}

/** Work that needs no terminal. It leads a process group, so that a signal also reaches what its wrappers have started. */
function runJob(command, args, options) {
  const child = spawn(command, args, { cwd: root, detached: !windows, windowsHide: true, ...options });
  const tellGroup = (signal) => {
    try {
      process.kill(-Number(child.pid), signal);
    } catch {
      // The group ended before it could be told.
    }
  };
  return { child, result: ended(child, windows ? (signal) => child.kill(signal) : tellGroup) };
}

/**
 * One step of the set-up. It writes to stderr, because stdout belongs to the command that follows: what it does, and how long that
 * took. The output of the step is shown only if it fails.
 */
async function step(title, command, args, options = {}) {
  const startedAt = performance.now();
  const { child, result } = runJob(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
  const held = [];
  // Silent while it is quick: what is up to date takes less than a second.
  let announced = false;
  const announce = setTimeout(() => {
    announced = true;
    process.stderr.write(`dev: ${title}\n`);
  }, 1000);
  child.stdout.on("data", (chunk) => held.push(chunk));
  child.stderr.on("data", (chunk) => held.push(chunk));
  const { code, signal } = await result.catch((error) => fail(`${title}: ${error.message}`));
  clearTimeout(announce);
  if (asked) endAs({ signal: asked });
  if (code === 0) {
    const seconds = Math.round((performance.now() - startedAt) / 1000);
    if (announced) process.stderr.write(`dev: done in ${seconds} s\n`);
    return;
  }
  process.stderr.write(Buffer.concat(held));
  fail(`${title}: failed with ${signal ?? `exit code ${code}`}`);
}

/** The command itself: it owns the terminal and the user's directory, and its exit code or signal becomes ours. */
async function finish(command, args, { env, cwd }) {
  const child = spawn(command, args, { env, cwd, stdio: "inherit" });
  const result = ended(child, (signal) => {
    // CTRL-C reaches every process of the terminal by itself; a second SIGINT would cut an orderly end short.
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  });
  endAs(await result.catch((error) => fail(`cannot start ${command}: ${error.message}`)));
}

// ---- A lock: two commands in one clone must not install or build at the same time.

const lockFile = inRoot("tools", ".lock");
let lockHeld = false;
process.on("exit", () => lockHeld && rmSync(lockFile, { force: true }));

function lockHolder() {
  try {
    return Number(readFileSync(lockFile, "utf8")) || 0;
  } catch {
    return undefined;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

function takeLock() {
  try {
    writeFileSync(lockFile, String(process.pid), { flag: "wx" });
    return true;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
    return false;
  }
}

/** Removes the lock of a process that has died. Another process may have replaced the lock meanwhile: then it is put back. */
function removeStaleLock(pid) {
  const moved = `${lockFile}.${process.pid}`;
  try {
    renameSync(lockFile, moved);
    if (Number(readFileSync(moved, "utf8")) === pid) rmSync(moved);
    else renameSync(moved, lockFile);
  } catch {
    // Another process was faster.
  }
}

/** Runs `work` while no other command of this clone installs or builds. */
async function withLock(work) {
  for (let announced = false; !takeLock(); ) {
    const pid = lockHolder();
    if (pid && !isRunning(pid)) removeStaleLock(pid);
    else {
      if (!announced) process.stderr.write(`dev: waiting for process ${pid ?? ""}, which installs or builds\n`);
      announced = true;
      await new Promise((resolve) => setTimeout(resolve, 200));
    }
  }
  lockHeld = true;
  try {
    return await work();
  } finally {
    rmSync(lockFile, { force: true });
    lockHeld = false;
  }
}

// ---- Set-up: the pinned tools, then the dependencies. A stamp holds the hash of what was installed.

function hashOf(files) {
  const hash = createHash("sha256").update(`${process.platform} ${process.arch}`);
  for (const file of files) hash.update(`\0${file}\0`).update(readFileSync(file));
  return hash.digest("hex");
}

function isStamped({ stamp, files }) {
  return existsSync(stamp) && readFileSync(stamp, "utf8") === hashOf(files);
}

async function unlessStamped(stamp, files, install) {
  if (isStamped({ stamp, files })) return;
  rmSync(stamp, { force: true });
  await install();
  writeFileSync(stamp, hashOf(files));
}

/** How to call npm: through the one that runs us, if it does. */
const npmFile = process.env.npm_execpath ?? "";
const npm = npmFile.endsWith("npm-cli.js") ? [process.execPath, npmFile] : [windows ? "npm.cmd" : "npm"];
const shell = windows && npm.length === 1;

async function installTools() {
  const args = ["ci", "--prefix", inRoot("tools"), "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  await step(
    "installing Node.js and pnpm from the npm registry: 70 MB to download, 210 MB on disk, about 10 s",
    npm[0],
    [...npm.slice(1), ...args],
    { shell },
  );
}

/** Where npm gets through, pnpm must too, but it does not see npm's system-wide settings nor its variables. */
function networkSettings() {
  const args = [...npm.slice(1), "config", "get", "registry", "cafile", "https-proxy", "noproxy"];
  const { stdout } = spawnSync(npm[0], args, { cwd: root, shell, encoding: "utf8" });
  const pairs = (stdout ?? "").split("\n").map((line) => /^([a-z-]+)=(.+)$/.exec(line.trim()));
  const set = pairs.filter((pair) => pair && pair[2] !== "null");
  return Object.fromEntries(set.map(([, name, value]) => [`pnpm_config_${name.replace("-", "_")}`, value]));
}

/** The pinned Node.js; where it has none for this platform, the one that runs us, if it is new enough. */
function findNode() {
  const platform = windows ? "win" : process.platform;
  const pinned = join(tools, `node-${platform}-${process.arch}`, "bin", windows ? "node.exe" : "node");
  if (existsSync(pinned) && spawnSync(pinned, ["--version"]).status === 0) return pinned;
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  return fail(
    `no pinned Node.js runs on ${process.platform}-${process.arch}: install Node.js >= 24, then run this again`,
  );
}

/** What every child sees, without the variables of an outer npm, which would configure the inner tools. */
function childEnv(node) {
  const env = { ...process.env, TURBO_TELEMETRY_DISABLED: "1", DO_NOT_TRACK: "1" };
  for (const name of Object.keys(env)) if (/^(npm_|INIT_CWD$)/i.test(name)) delete env[name];
  const path = Object.keys(env).find((name) => name.toUpperCase() === "PATH") ?? "PATH";
  env[path] = [dirname(node), join(tools, ".bin"), inRoot("node_modules", ".bin"), env[path]].join(delimiter);
  return env;
}

function workspaceManifests() {
  const inside = (folder) => readdirSync(inRoot(folder)).map((name) => `${folder}/${name}`);
  const members = [".", "test", "bench", ...inside("packages"), ...inside("examples")];
  return members.map((member) => inRoot(member, "package.json")).filter((file) => existsSync(file));
}

/** What a server with the example model needs; everything else is for tests, checks and benchmarks. */
const servingFilters = [".", "@deepaas/cli...", "@deepaas/example-digits..."];

async function setUp({ serving }) {
  await unlessStamped(join(tools, ".stamp"), [inRoot("tools", "package-lock.json")], installTools);
  const node = findNode();
  const env = childEnv(node);
  const files = [inRoot("pnpm-lock.yaml"), inRoot("pnpm-workspace.yaml"), ...workspaceManifests()];
  const install = async (title, filters) => {
    const args = ["install", "--frozen-lockfile", ...filters.map((filter) => `--filter=${filter}`)];
    // Without CI, pnpm wants to ask before it replaces an older node_modules; with "production" it leaves out the compiler.
    await step(title, node, [join(tools, "pnpm", "bin", "pnpm.mjs"), ...args], {
      env: { ...env, ...networkSettings(), CI: "true", NODE_ENV: "development" },
    });
  };
  const all = { stamp: inRoot("node_modules", ".stamp"), files };
  if (serving && !isStamped(all)) {
    await unlessStamped(inRoot("node_modules", ".stamp-serving"), files, () =>
      install(
        "installing the server and the example model: 150 MB to download, 500 MB on disk, about 20 s",
        servingFilters,
      ),
    );
  } else {
    await unlessStamped(all.stamp, files, () =>
      install("installing everything, with tests and checks: 250 MB to download, 900 MB on disk, about 30 s", []),
    );
  }
  return { node, env };
}

// ---- The commands.

async function build({ node, env }, { only } = {}) {
  const turbo = [inRoot("node_modules", "turbo", "bin", "turbo"), "run", "build", "--output-logs=errors-only"];
  // "name..." means the package and what it depends on.
  const args = only ? [...turbo, `--filter=${only}...`] : turbo;
  await withLock(() => step("building the packages, about 15 s", node, args, { env }));
}

/** npm runs a script in the package's directory and keeps the user's in INIT_CWD; paths are meant from the user's. */
const underNpm = process.env.npm_lifecycle_event !== undefined && process.cwd() === root;
const userCwd = (underNpm && process.env.INIT_CWD) || process.cwd();

async function deepaas(setup, args) {
  await build(setup, { only: "@deepaas/cli" });
  await finish(setup.node, [inRoot("packages", "cli", "bin", "deepaas.mjs"), ...args], {
    env: setup.env,
    cwd: userCwd,
  });
}

async function runInRoot({ node, env }, script, args) {
  const { result } = runJob(node, [inRoot(...script), ...args], { env, stdio: ["ignore", "inherit", "inherit"] });
  endAs(await result);
}

const commands = {
  start: (setup, args) => deepaas(setup, ["run", inRoot("examples", "digits", "digits.ts"), ...args]),
  deepaas,
  build: (setup) => build(setup),
  async test(setup, args) {
    await build(setup);
    await runInRoot(setup, ["node_modules", "vitest", "vitest.mjs"], ["run", ...args]);
  },
  async bench(setup, args) {
    await build(setup);
    await finish(setup.node, [inRoot("bench", "bench.ts"), ...args], { env: setup.env, cwd: userCwd });
  },
  async image(setup, args) {
    await build(setup, { only: "@deepaas/cli" });
    await finish(setup.node, [inRoot("deploy", "image-folders.ts"), ...args], { env: setup.env, cwd: userCwd });
  },
  async soak(setup, args) {
    await build(setup);
    await finish(setup.node, [inRoot("scripts", "soak.ts"), ...args], { env: setup.env, cwd: userCwd });
  },
  async mutants(setup, args) {
    await build(setup);
    await runInRoot(setup, ["scripts", "mutants.ts"], args);
  },
  /** Any tool of the workspace, as in `npm run tool -- changeset`. */
  tool: ({ env }, [tool = "pnpm", ...args]) => finish(tool, args, { env, cwd: userCwd }),
  check: (setup, args) => runInRoot(setup, ["scripts", "check.ts"], args),
  format: (setup) => runInRoot(setup, ["node_modules", "@biomejs", "biome", "bin", "biome"], ["check", "--write"]),
  lint: (setup) => runInRoot(setup, ["scripts", "check.ts"], ["lint", "promises", "unused"]),
  types: (setup) => runInRoot(setup, ["scripts", "check.ts"], ["build", "types"]),
};

const [name = "start", ...args] = process.argv.slice(2);
if (!Object.hasOwn(commands, name)) fail(`unknown command "${name}"; one of ${Object.keys(commands).join(", ")}`);
// The command itself, and its image, need no more than its server.
const serving = name === "start" || name === "deepaas" || name === "image";
await commands[name](await withLock(() => setUp({ serving })), args);
