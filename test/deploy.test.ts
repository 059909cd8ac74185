// What docs/deploy.md shows besides the image: the unit of systemd, the file of Docker Compose, and the rotation of a log.
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { helloModule, runDeepaas, serveDeepaas } from "./support/deepaas.ts";
import { readDockerfile } from "./support/dockerfile.ts";
import { isInstalled } from "./support/reverse-proxy.ts";
import { tempFolder } from "./support/temp-folder.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const unit = read("deploy/deepaas.service");
/** Time of a shutdown besides that of predicts, in seconds: 10 for trainings or 10 for models that close, and some to spare. */
const besidesDrain = 20;

/** The values of a key of the unit. */
function unitValues(key: string): readonly string[] {
  return [...unit.matchAll(new RegExp(`^${key}=(.*)$`, "gm"))].map(([, value = ""]) => value);
}

async function drainSeconds(env: NodeJS.ProcessEnv): Promise<number> {
  const { stdout } = await runDeepaas(["run", "--print-config", "--json"], { env });
  return (JSON.parse(stdout) as { drainSeconds: { value: number } }).drainSeconds.value;
}

test.skipIf(!isInstalled("systemd-analyze"))(
  "systemd has nothing to say against the unit (needs systemd-analyze)",
  () => {
    using folder = tempFolder({ "deepaas.service": unit.replaceAll("/usr/bin/node", process.execPath) });
    const path = join(folder.path, "deepaas.service");
    const verified = spawnSync("systemd-analyze", ["verify", path], { encoding: "utf8" });
    expect(verified).toMatchObject({ status: 0, stderr: "" });
    // Of 100; a service without any restriction has 96.
    const rated = spawnSync("systemd-analyze", ["security", "--offline=yes", "--threshold=20", path], {
      encoding: "utf8",
    });
    expect(rated.status, rated.stdout).toBe(0);
  },
);

test("systemd and Docker Compose wait until a server has ended", async () => {
  const env = Object.fromEntries(unitValues("Environment").map((pair) => pair.split("=") as [string, string]));
  expect(Number(unitValues("TimeoutStopSec")[0])).toBeGreaterThanOrEqual((await drainSeconds(env)) + besidesDrain);
  const compose = read("deploy/compose.yaml");
  const [, drain] = /DEEPAAS_DRAIN_SECONDS: "(\d+)"/.exec(compose) ?? [];
  const [, stop] = /stop_grace_period: (\d+)s/.exec(compose) ?? [];
  expect(Number(stop)).toBeGreaterThanOrEqual((await drainSeconds({ DEEPAAS_DRAIN_SECONDS: drain })) + besidesDrain);
});

test("Docker Compose mounts what the image writes to", () => {
  const compose = read("deploy/compose.yaml");
  const { volumes, env } = readDockerfile("Dockerfile");
  expect(compose).toContain(`- data:${volumes[0]}\n`);
  expect(compose).toContain(`tmpfs:\n      - ${env.XDG_CACHE_HOME}\n`);
});

test("the commands for systemd install the project, a key that only root can read, and the unit", () => {
  using folder = tempFolder({ "my-model/package.json": '{"name":"my-model","lockfileVersion":3}', calls: "" });
  const { path } = folder;
  for (const name of ["bin", "deploy", "opt", "etc/systemd/system"]) mkdirSync(join(path, name), { recursive: true });
  copyFileSync(join(root, "deploy/deepaas.service"), join(path, "deploy/deepaas.service"));
  for (const name of ["useradd", "systemctl", "npm"]) {
    writeFileSync(join(path, "bin", name), `#!/bin/sh\necho "${name} $*" >>"${path}/calls"\n`);
    chmodSync(join(path, "bin", name), 0o755);
  }
  const script = read("test/readme/systemd.sh").replaceAll(/ (>?)\/(opt|etc)\b/g, ` $1${path}/$2`);
  const env = { ...process.env, PATH: `${join(path, "bin")}${delimiter}${process.env.PATH}` };
  execFileSync("bash", ["-c", script], { cwd: path, env });
  expect(read(join("deploy/deepaas.service"))).toBe(
    readFileSync(join(path, "etc/systemd/system/deepaas.service"), "utf8"),
  );
  expect(readFileSync(join(path, "opt/my-model/package.json"), "utf8")).toContain("my-model");
  const secrets = join(path, "etc/deepaas/environment");
  expect(statSync(secrets).mode & 0o777).toBe(0o600);
  expect(readFileSync(secrets, "utf8")).toMatch(/^DEEPAAS_API_KEY=[0-9a-f]{48}\n$/);
  const calls = readFileSync(join(path, "calls"), "utf8");
  expect(calls).toMatch(new RegExp(`^useradd .* ${unitValues("User")[0]}\n`));
  expect(calls).toMatch(/systemctl enable --now deepaas\n$/);
  expect(unitValues("EnvironmentFile")).toEqual(["-/etc/deepaas/environment"]);
  expect(unitValues("WorkingDirectory")).toEqual(["/opt/my-model"]);
});

test("a log file that is copied and truncated goes on at its beginning", async () => {
  using folder = tempFolder();
  const file = join(folder.path, "deepaas.log");
  await using served = await serveDeepaas([helloModule, "--log-file", file, "--log-level", "debug"]);
  expect(read("deploy/logrotate.conf")).toContain("copytruncate");
  const train = () => fetch(`${served.url}/v2/models/hello/train/`, { method: "POST", body: "epochs=1" });
  await train();
  await expect.poll(() => readFileSync(file, "utf8")).not.toBe("");
  truncateSync(file);
  await train();
  await expect.poll(() => readFileSync(file, "utf8")).toMatch(/^\{"level":/);
});
