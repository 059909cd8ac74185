// The container image without an engine: its folders, its user and its command, as the Dockerfile says.
import { spawnSync } from "node:child_process";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readDockerfile } from "./support/dockerfile.ts";
import {
  type Container,
  childrenOf,
  type Image,
  isRoot,
  makeImage,
  missing,
  startContainer,
  userId,
} from "./support/image.ts";
import { tempFolder } from "./support/temp-folder.ts";

const key = "a-key-of-this-test-alone";
const withKey = { DEEPAAS_API_KEY: key };
const headers = { Authorization: `Bearer ${key}` };
/** `docker stop` kills after this time. */
const engineStopMs = 10_000;

function call(container: Container, path: string, init: RequestInit = {}) {
  return fetch(`${container.url}${path}`, { ...init, headers: { ...headers, "Content-Type": "application/json" } });
}

/** Paths of the files of the user of containers. `args`: of `find`. */
function filesOfUser(args: readonly string[]): readonly string[] {
  const { stdout } = spawnSync("find", [...args, "-user", String(userId)], { encoding: "utf8" });
  return stdout.split("\n").filter((path) => path !== "");
}

/** A folder with a model that a container may read. */
function modelFolder(source: string) {
  const manifest = { type: "module", deepaas: { models: { m: "./m.js" } } };
  const folder = tempFolder({ "m.js": source, "package.json": JSON.stringify(manifest) });
  spawnSync("chmod", ["755", folder.path]);
  return folder;
}

/** Sends the signal to process 1 and, as an engine, kills it if it does not end in time. Resolves with the exit code. */
async function stop(container: Container): Promise<number | null> {
  process.kill(container.pid(), "SIGTERM");
  const timer = setTimeout(() => process.kill(container.pid(), "SIGKILL"), engineStopMs);
  const { code } = await container.ended;
  clearTimeout(timer);
  return code;
}

test("both Dockerfiles say the same of the image that they make", () => {
  const [own, project] = ["Dockerfile", "deploy/project.Dockerfile"].map((path) => readDockerfile(path).lastStage);
  const common = (stage: readonly string[] = []) => stage.filter((line) => !/^(?:FROM|COPY|RUN) /.test(line));
  expect(common(own)).toEqual(common(project));
  const config = readDockerfile("Dockerfile");
  expect(Number.parseInt(config.user, 10)).toBeGreaterThan(0);
  expect(config.volumes).toEqual([config.env.DEEPAAS_DATA_DIR]);
});

describe.skipIf(missing !== undefined && !process.env.CI)("the image (needs tini and setpriv)", () => {
  let image: Image;
  beforeAll(() => {
    image = makeImage();
  }, 120_000);
  afterAll(() => image[Symbol.dispose]());

  test("has nothing that only builds or tests, and leaves 150 of 400 MB for Debian, npm and headers", () => {
    const inFolder = (path: string) => readdirSync(join(image.path, path));
    expect(readdirSync(image.path).sort()).toEqual(["app", "model"]);
    const packages = inFolder("app/node_modules/.pnpm");
    expect(
      packages.filter((name) => /^(?:typescript|vitest|vite|turbo|@biomejs|@tensorflow|@changesets)\b/.test(name)),
    ).toEqual([]);
    expect(packages.filter((name) => name.startsWith("commander@"))).toHaveLength(1);
    const files = readdirSync(image.path, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    // Links between packages lead to the same file several times.
    const all = files.map(({ parentPath, name }) => statSync(join(parentPath, name)));
    const sizes = new Map(all.map(({ ino, size }) => [ino, size]));
    const bytes = [...sizes.values()].reduce((sum, size) => sum + size, statSync(process.execPath).size);
    expect(bytes).toBeLessThan(250e6);
  });

  test("does not start without authentication, and says what to do", async () => {
    await using container = await startContainer(image);
    const { code, stderr } = await container.ended;
    expect(code).toBe(1);
    expect(stderr).toMatch(/there is no authentication\n.*DEEPAAS_API_KEY.*deepaas key.*--insecure/);
  });

  test("serves as a user without rights, and writes to the data volume and the temporary folder alone", {
    timeout: 60_000,
  }, async () => {
    await using container = await startContainer(image, { env: withKey });
    await container.healthy();
    expect((await fetch(`${container.url}/v2/models`)).status).toBe(401);
    await call(container, "/v2/models/hello/train/first", { method: "PUT", body: '{"epochs":3}' });
    const run = async () => (await call(container, "/v2/runs/first")).json();
    await expect.poll(run).toMatchObject({ state: "succeeded" });
    const answer = await call(container, "/v2/models/hello/predict/", { method: "POST", body: '{"x":1}' });
    expect(await answer.json()).toEqual({ y: expect.any(Number) });
    expect(readdirSync(container.data)).toEqual(expect.arrayContaining(["runs.db", "blobs"]));
    expect(readdirSync(container.home)).toEqual([]);
    expect(await container.exec("deepaas", "runs")).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("first"),
    });
    if (isRoot) {
      // Folders that everybody may write to, and the image.
      const places = [
        ["/tmp", "/var/tmp", "/dev/shm", "/run", "-maxdepth", "2"],
        [image.path, container.home, container.data],
      ];
      const found = places.flatMap((args) => filesOfUser(args));
      const own = [container.data, container.temporary];
      expect(found.filter((path) => !own.some((folder) => path.startsWith(folder)))).toEqual([]);
      expect(found).toContain(join(container.data, "runs.db"));
    }
    expect(await stop(container)).toBe(0);
    expect(await container.checkHealth()).toBe(1);
  });

  test("SIGTERM: a predict that runs is answered, and the exit code is 0", async () => {
    using model = modelFolder(`import { existsSync } from "node:fs";
      export function getPredictArgs() { return { until: { type: "string" } }; }
      export async function predict({ until }) {
        console.log("predicting");
        while (!existsSync(until)) await new Promise((done) => setTimeout(done, 20));
        return "done";
      }`);
    await using container = await startContainer(image, { model: model.path, env: withKey });
    await container.healthy();
    const until = join(model.path, "now");
    const answer = call(container, "/v2/models/m/predict/", { method: "POST", body: JSON.stringify({ until }) });
    await expect.poll(container.stderr).toContain("predicting");
    const code = stop(container);
    await expect.poll(() => fetch(`${container.url}/health/live`).catch(() => "refused")).toBe("refused");
    writeFileSync(until, "");
    expect(await (await answer).text()).toContain("done");
    expect(await code).toBe(0);
  });

  test("SIGTERM: it ends before the engine kills it, even if a predict does not", { timeout: 40_000 }, async () => {
    using model = modelFolder(
      `export const predict = () => { console.log("predicting"); return new Promise(() => setInterval(() => {}, 1e6)); };`,
    );
    await using container = await startContainer(image, { model: model.path, env: withKey });
    await container.healthy();
    const answer = call(container, "/v2/models/m/predict/", { method: "POST" });
    await expect.poll(container.stderr).toContain("predicting");
    expect(await stop(container)).toBe(0);
    expect((await answer).status).toBe(503);
  });

  test("SIGTERM while the models are loaded ends it at once, with 143", async () => {
    using model =
      modelFolder(`export const warm = () => { console.log("warming"); return new Promise(() => setInterval(() => {}, 1e6)); };
      export const predict = () => 1;`);
    await using container = await startContainer(image, { model: model.path, env: withKey });
    await expect.poll(container.stderr).toContain("warming");
    expect(await container.checkHealth()).toBe(1);
    expect(await stop(container)).toBe(143);
  });

  test("a process that a model leaves behind does not become a zombie", async () => {
    using model = modelFolder(`import { spawn } from "node:child_process";
      export function getPredictArgs() { return { until: { type: "string" } }; }
      export function predict({ until }) {
        const script = '(while [ ! -e "$0" ]; do sleep 0.02; done) & exec true';
        spawn("sh", ["-c", script, until], { stdio: "ignore", detached: true });
        return 1;
      }`);
    await using container = await startContainer(image, { model: model.path, env: withKey });
    await container.healthy();
    const server = childrenOf(container.pid());
    expect(server).toHaveLength(1);
    const until = join(model.path, "now");
    await call(container, "/v2/models/m/predict/", { method: "POST", body: JSON.stringify({ until }) });
    await expect.poll(() => childrenOf(container.pid())).toHaveLength(2);
    writeFileSync(until, "");
    await expect.poll(() => childrenOf(container.pid())).toEqual(server);
  });
});
