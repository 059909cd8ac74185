// Where `deepaas run` takes its settings and models from, as a process.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { type RunOptions, runDeepaas, serveDeepaas } from "./support/deepaas.ts";
import { type TempFolder, tempFolder } from "./support/temp-folder.ts";
import { toolModel } from "./support/tool-model.ts";

const config = (folder: TempFolder, ...args: readonly string[]) =>
  runDeepaas(["run", "--print-config", ...args], inHome(folder));
/** The home is in the folder, so that no file of the user is read. */
const inHome = (folder: TempFolder, env: NodeJS.ProcessEnv = {}): RunOptions => ({
  cwd: folder.path,
  env: { HOME: join(folder.path, "home"), ...env },
});
const rowOf = (text: string, setting: string) =>
  text
    .split("\n")
    .find((line) => line.startsWith(`${setting} `))
    ?.split(/ {2,}/)
    .slice(1);

describe("settings", () => {
  test("come from the command line, then the environment, then a file, then the defaults", async () => {
    using folder = tempFolder({
      "deepaas.config.json": JSON.stringify({ listenPort: 1, workers: 2, trainWorkers: 3, allowHost: ["a.org"] }),
    });
    const { stdout } = await runDeepaas(
      ["run", "--print-config", "--listen-port", "4"],
      inHome(folder, { DEEPAAS_LISTEN_PORT: "5", OS_DEFAULT__WORKERS: "6", OS_DEFAULT__KEEP_RUNS: "7" }),
    );
    expect(rowOf(stdout, "listenPort")).toEqual(["4", "--listen-port"]);
    expect(rowOf(stdout, "workers")).toEqual(["6", "OS_DEFAULT__WORKERS"]);
    expect(rowOf(stdout, "keepRuns")).toEqual(["7", "OS_DEFAULT__KEEP_RUNS"]);
    expect(rowOf(stdout, "trainWorkers")).toEqual(["3", "deepaas.config.json#/trainWorkers"]);
    expect(rowOf(stdout, "allowHost")).toEqual(["a.org", "deepaas.config.json#/allowHost"]);
    expect(rowOf(stdout, "listenIp")).toEqual(['"127.0.0.1"', "default"]);
    const json = JSON.parse((await config(folder, "--json")).stdout) as object;
    expect(json).toMatchObject({
      listenPort: { value: 1, from: "deepaas.config.json#/listenPort" },
      maxBytes: { value: null, from: "default" },
    });
  });

  test("a data directory of the environment is not used beside another store; as an option it is refused", async () => {
    using folder = tempFolder();
    for (const store of ["memory", "postgres://ann@db.example.org/runs"]) {
      const env = { DEEPAAS_STORE: store, DEEPAAS_DATA_DIR: "/data" };
      const args = ["run", "--print-config", "--json"];
      const ended = await runDeepaas(args, inHome(folder, env));
      expect([ended.code, ended.stderr]).toEqual([0, ""]);
      const refused = await runDeepaas([...args, "--data-dir", "/data"], inHome(folder, { DEEPAAS_STORE: store }));
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining("cannot be used with --data-dir")]);
    }
  });

  test("may be TypeScript, or an INI file of the Python server", async () => {
    using folder = tempFolder({
      "deepaas.config.ts": "const port: number = 7_000;\nexport default { listenPort: port, inline: true };",
    });
    const typed = await config(folder);
    expect(rowOf(typed.stdout, "listenPort")).toEqual(["7000", "deepaas.config.ts#/listenPort"]);
    expect(rowOf(typed.stdout, "inline")).toEqual(["true", "deepaas.config.ts#/inline"]);
    using other = tempFolder({
      "home/.deepaas/deepaas.conf":
        "# comment\n[DEFAULT]\nlisten_port = 5102\nwarm = false\nlog_level = WARNING\n[other]\nx = 1\n",
    });
    const { stdout } = await config(other);
    expect(rowOf(stdout, "listenPort")).toEqual(["5102", "~/.deepaas/deepaas.conf line 3"]);
    expect(rowOf(stdout, "logLevel")).toEqual(['"warn"', "~/.deepaas/deepaas.conf line 5"]);
  });

  test("an option of the command line switches off what a file switches on", async () => {
    using folder = tempFolder({ "deepaas.config.json": '{"inline": true, "store": false}' });
    const { stdout } = await config(folder, "--no-inline", "--store", "sqlite");
    expect(rowOf(stdout, "inline")).toEqual(["false", "--inline"]);
    expect(rowOf(stdout, "store")).toEqual(["(hidden)", "--store"]);
  });

  test.each<[string, string, string]>([
    [
      "deepaas.config.json",
      '{"listenPrt": 1}',
      "deepaas.config.json#/listenPrt: there is no setting listenPrt; did you mean listenPort?",
    ],
    [
      "deepaas.config.json",
      '{"listenPort": "1"}',
      'deepaas.config.json#/listenPort: must be a whole number from 0 to 65535, not "1"',
    ],
    ["deepaas.config.json", '{"inline": 1}', "deepaas.config.json#/inline: must be 1 or 0, not 1"],
    ["deepaas.config.json", "[]", "deepaas.config.json must be an object of settings"],
    ["deepaas.config.json", "{", "deepaas.config.json cannot be read: "],
    ["deepaas.config.json", '{"models": ["a.js"]}', "deepaas.config.json#/models must be an object of modules"],
    ["deepaas.config.ts", "export default 1;", "deepaas.config.ts must be an object of settings"],
    [
      "home/.deepaas/deepaas.conf",
      "[DEFAULT]\nlisten_prot = 1",
      "~/.deepaas/deepaas.conf line 2: there is no setting listen_prot; did you mean listen_port?",
    ],
    [
      "home/.deepaas/deepaas.conf",
      "[DEFAULT]\nlisten_port = x",
      '~/.deepaas/deepaas.conf line 2: must be a whole number from 0 to 65535, not "x"',
    ],
    [
      "home/.deepaas/deepaas.conf",
      "listen_port",
      "~/.deepaas/deepaas.conf line 1: must be a section, or a key, = and a value",
    ],
  ])("%s with %j is refused with its place", async (file, text, message) => {
    using folder = tempFolder({ [file]: text });
    const ended = await config(folder);
    expect(ended).toMatchObject({ code: 2, stdout: "", stderr: expect.stringContaining(message) });
  });

  test("a file that is named must be there", async () => {
    using folder = tempFolder({});
    expect(await config(folder, "--config-file", "none.json")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("none.json cannot be read"),
    });
  });
});

describe("models", () => {
  const packageOf = (name: string, models: object) =>
    JSON.stringify({ name, exports: "./index.js", deepaas: { models } });

  test("are those of the project and of its dependencies", async () => {
    using folder = tempFolder({
      "package.json": JSON.stringify({
        name: "p",
        dependencies: { shop: "1", "@a/b": "1", missing: "1" },
        deepaas: { models: { own: "./own.mjs" } },
      }),
      "own.mjs": toolModel,
      "node_modules/shop/package.json": packageOf("shop", { tool: "./dist/tool.mjs" }),
      "node_modules/shop/dist/tool.mjs": toolModel,
      "node_modules/@a/b/package.json": packageOf("@a/b", {}),
    });
    mkdirSync(join(folder.path, "sub"));
    await using served = await serveDeepaas(["--inline"], { cwd: join(folder.path, "sub") });
    expect(served.said.stdout).toContain("deepaas is serving own, tool at");
    await using one = await serveDeepaas(["tool", "--inline"], { cwd: folder.path });
    expect(one.said.stdout).toContain("deepaas is serving tool at");
    await using chosen = await serveDeepaas(["--inline"], { cwd: folder.path, env: { DEEPAAS_V2_MODEL: "own" } });
    expect(chosen.said.stdout).toContain("deepaas is serving own at");
    const none = await runDeepaas(["run", "toll"], { cwd: folder.path });
    expect(none).toMatchObject({
      code: 2,
      stderr: "deepaas: there is no model toll; did you mean tool?\n  the models are own, tool\n",
    });
  });

  test("are those of the configuration file instead, relative to it", async () => {
    using folder = tempFolder({
      "conf/deepaas.config.json": '{"models": {"shop": "../tool.mjs"}}',
      "tool.mjs": toolModel,
    });
    await using served = await serveDeepaas(["--inline", "--config-file", "conf/deepaas.config.json"], {
      cwd: folder.path,
    });
    expect(served.said.stdout).toContain("deepaas is serving shop at");
  });

  test("two packages with one name, and a wrong declaration, are refused", async () => {
    using folder = tempFolder({
      "package.json": JSON.stringify({
        name: "p",
        dependencies: { shop: "1" },
        deepaas: { models: { tool: "./t.mjs" } },
      }),
    });
    mkdirSync(join(folder.path, "node_modules/shop"), { recursive: true });
    const shop = join(folder.path, "node_modules/shop/package.json");
    writeFileSync(shop, packageOf("shop", { tool: "./t.mjs" }));
    expect(await runDeepaas(["run"], { cwd: folder.path })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("two packages have a model tool: p and shop"),
    });
    writeFileSync(shop, packageOf("shop", { tool: 1 }));
    expect(await runDeepaas(["run"], { cwd: folder.path })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("must be the path of a module"),
    });
  });

  test("without any, the command says how to name one", async () => {
    using folder = tempFolder({});
    expect(await runDeepaas(["run"], { cwd: folder.path })).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("deepaas run model.ts"),
    });
  });
});
