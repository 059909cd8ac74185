// The commands that call a model, watch runs and read a data directory, as processes.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bin,
  deepaasEnv,
  type Ended,
  type RunOptions,
  runDeepaas,
  type Served,
  serveDeepaas,
} from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { toolModel } from "./support/tool-model.ts";

const folder = tempFolder({
  "tool.mjs": toolModel,
  "note.txt": "ten bytes\n",
  "args.json": '{"n": 7}',
});
afterAll(() => folder[Symbol.dispose]());

const deepaas = (...args: readonly string[]): Promise<Ended> => runDeepaas(args, { cwd: folder.path });
const json = ({ stdout }: Ended): unknown => JSON.parse(stdout);
const jsonLines = ({ stdout }: Ended) =>
  stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** CTRL-C when the command has written `pattern`. */
function interruptOnce(pattern: RegExp): NonNullable<RunOptions["onStdout"]> {
  let done = false;
  return (text, child) => {
    if (done || !pattern.test(text)) return;
    done = true;
    child.kill("SIGINT");
  };
}

describe("predict", () => {
  test("converts the text of the command line to the types of the fields", async () => {
    const ended = await deepaas(
      "predict",
      "tool.mjs",
      "--n",
      "5",
      "--ratio=0.5",
      "--loud",
      "--tags",
      "a",
      "--tags",
      "b",
    );
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(json(ended)).toEqual({
      n: 5,
      ratio: 0.5,
      loud: true,
      tags: ["a", "b"],
      mode: "fast",
      more: null,
      file: null,
    });
  });

  test("takes lists and objects as JSON, --no- for a boolean, and - for _ in a name", async () => {
    const args = ["--n", "5", "--tags", '["x"]', "--more", '{"a":[1]}', "--no-loud", "--mode", "slow"];
    expect(json(await deepaas("predict", "tool.mjs", ...args))).toMatchObject({
      tags: ["x"],
      more: { a: [1] },
      loud: false,
      mode: "slow",
    });
  });

  test("takes all arguments as JSON, from a file too, and single ones by --arg", async () => {
    expect(json(await deepaas("predict", "tool.mjs", "--args", "@args.json"))).toMatchObject({ n: 7 });
    expect(json(await deepaas("predict", "tool.mjs", "--args", '{"n":1}', "--arg", "mode=slow"))).toMatchObject({
      n: 1,
      mode: "slow",
    });
  });

  test("sends a file with the content type of its name", async () => {
    const ended = await deepaas("predict", "tool.mjs", "--n", "1", "--file", "@note.txt");
    expect(json(ended)).toMatchObject({ file: { size: 10, type: "text/plain", name: "note.txt" } });
  });

  test("writes a file that the model returns to a file, or to a pipe", async () => {
    const out = join(folder.path, "out.bin");
    expect(await deepaas("predict", "tool.mjs", "--n", "-1", "-o", out)).toMatchObject({ code: 0, stdout: "" });
    expect(readFileSync(out)).toEqual(Buffer.from([0, 1, 2, 255]));
    expect((await deepaas("predict", "tool.mjs", "--n", "-1")).stdout).toHaveLength(4);
  });

  test("prints the items of a stream, a line each", async () => {
    expect((await deepaas("predict", "tool.mjs", "--n", "3", "--stream")).stdout).toBe("0\n1\n2\n");
  });

  test("names the model if it is the only one of the project", async () => {
    using project = tempFolder({
      "package.json": JSON.stringify({ name: "p", deepaas: { models: { tool: "./models/tool.mjs" } } }),
      "models/tool.mjs": toolModel,
    });
    const ended = await runDeepaas(["predict", "--n", "2", "--json"], { cwd: project.path });
    expect(json(ended)).toMatchObject({ n: 2 });
    expect(ended.stdout.split("\n")).toHaveLength(2);
  });

  test.each<[readonly string[], number, string]>([
    [["tool.mjs", "--nn", "5"], 2, "the model has no argument nn; did you mean n?"],
    [["tool.mjs"], 2, "/n: Is required."],
    [["tool.mjs", "--n", "five"], 2, "/n: "],
    [["tool.mjs", "--n", "5", "--mode", "quick"], 2, "/mode: "],
    [["tool.mjs", "--n"], 2, "--n needs a value"],
    [["tool.mjs", "--n", "5", "stray"], 2, 'unexpected "stray"'],
    [["tool.mjs", "--n", "5", "--file", "@none.png"], 2, "--file: there is no file none.png"],
    [["tool.mjs", "--args", "{n:1}"], 2, "--args is not JSON"],
    [["tool.mjs", "--arg", "n"], 2, "--arg must be a name, = and a value"],
    [["tool.mjs", "--n", "404"], 1, "There is no such thing."],
    [["tool.mjs", "--n", "500"], 1, "The model failed"],
    [["none.mjs", "--n", "5"], 1, "none.mjs"],
    [["--n", "5"], 2, "there is no model here"],
    [["tool.mjs", "--n", "5", "--url", "http://127.0.0.1:1"], 3, "no server answers at http://127.0.0.1:1"],
    [["tool.mjs", "--n", "5", "--url", "ftp://a"], 2, "an http or https URL"],
  ])("%j is refused with %d and the reason", async (args, code, text) => {
    const ended = await deepaas("predict", ...args);
    expect(ended).toMatchObject({ code, stdout: "", stderr: expect.stringContaining(text) });
    expect(ended.stderr).not.toMatch(/^ {4}at /m);
  });

  test("--debug shows the stack", async () => {
    expect((await deepaas("predict", "tool.mjs", "--nn", "5", "--debug")).stderr).toMatch(/^ {4}at /m);
  });

  test("--help shows the arguments of the model", async () => {
    const { code, stdout } = await deepaas("predict", "tool.mjs", "--help");
    expect(code).toBe(0);
    expect(stdout).toMatch(/--n <integer> +how many \(required\) \(at most 1000\)/);
    expect(stdout).toMatch(/--mode <string> +\(one of fast, slow\) \(default: fast\)/);
  });
});

describe("train in the process of the command", () => {
  test("prints lines for people in a pipe, and keeps the run", async () => {
    using own = tempFolder({ "tool.mjs": toolModel });
    const run = (...args: readonly string[]) => runDeepaas(args, { cwd: own.path });
    const trained = await run("train", "tool.mjs", "--epochs", "3", "--run-id", "first");
    expect(trained).toMatchObject({ code: 0, stderr: "" });
    expect(trained.stdout).toContain("starting\n");
    expect(trained.stdout).toMatch(/^progress {2}100 % {2}3\/3.*loss=0.25/m);
    expect(trained.stdout).toMatch(/^run first of tool succeeded in 0:0\d$/m);
    // Without a server, from the directory.
    expect(jsonLines(await run("runs", "--json"))).toMatchObject([{ id: "first", state: "succeeded" }]);
    expect((await run("runs")).stdout).toMatch(/^first +tool +succeeded/m);
    expect((await run("runs", "fir")).stdout).toMatch(/^state +succeeded$/m);
    expect((await run("watch")).stdout).toContain("starting\n");
    expect(await run("cancel", "first")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("only a server may change it"),
    });
    expect(jsonLines(await run("versions", "tool", "--json"))).toMatchObject([
      { served: 1, versions: [{ number: 1 }, { number: 0 }] },
    ]);
    expect(await run("train", "tool.mjs", "--no-store")).toMatchObject({ code: 0, stderr: "" });
    // A call in another process has the weights that were trained.
    expect(json(await run("describe", "tool.mjs", "--json"))).toMatchObject({ metadata: { weightsVersion: 1 } });
    expect((await run("export", "first")).stdout).toContain('{"run":"first","seq":1,');
    expect((await run("export", "--format", "csv")).stdout).toMatch(
      /^run,seq,at,attempt,step,total,loss,accuracy,message\r\nfirst,/,
    );
    expect(await run("export", "--format", "tensorboard", "-o", "board")).toMatchObject({
      code: 0,
      stderr: expect.stringContaining("board/first/"),
    });
    expect(await run("export", "--format", "tensorboard", "-o", "board")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("--force"),
    });
    // The same id and arguments are the same run.
    expect((await run("train", "tool.mjs", "--epochs", "3", "--run-id", "first")).stdout).toContain(
      "run first of tool succeeded",
    );
    expect(await run("train", "tool.mjs", "--epochs", "4", "--run-id", "first")).toMatchObject({ code: 1 });
    expect(await run("train", "tool.mjs", "--epochs", "1", "--run-id", "second")).toMatchObject({ code: 0 });
    const byLoss = async (...more: readonly string[]) =>
      jsonLines(await run("runs", "--order-by-metric", "loss", "--json", ...more)).map(({ id }) => id);
    expect(await byLoss()).toEqual(["first", "second"]);
    expect(await byLoss("--descending")).toEqual(["second", "first"]);
    expect(await run("runs", "--descending")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--descending needs --order-by-metric"),
    });
  });

  test("prints one event for each line with --json", async () => {
    const ended = await deepaas("train", "tool.mjs", "--no-store", "--json");
    const events = jsonLines(ended);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_event, i) => i + 1));
    expect(events.at(-1)).toMatchObject({ type: "succeeded", result: { epochs: 2 } });
    expect(existsSync(join(folder.path, ".deepaas"))).toBe(false);
  });

  test.each<[readonly string[], number, string]>([
    [["--epochs", "0"], 2, "/epochs: "],
    [["--epochs", "99"], 1, "epoch 99 is bad luck"],
    [["--eposh", "2"], 2, "did you mean epochs?"],
    [["--detach"], 2, "--detach needs the server that goes on"],
  ])("%j ends with %d", async (args, code, text) => {
    const ended = await deepaas("train", "tool.mjs", "--no-store", ...args);
    expect(ended).toMatchObject({ code, stderr: expect.stringContaining(text) });
  });

  test("CTRL-C in a pipe cancels the run and says where the checkpoint is", async () => {
    using own = tempFolder({ "tool.mjs": toolModel });
    const ended = await runDeepaas(["train", "tool.mjs", "--epochs", "1000", "--json"], {
      cwd: own.path,
      onStdout: interruptOnce(/"step":3\b/),
    });
    expect(ended.code).toBe(130);
    expect(ended.stderr).toMatch(
      /the run \w+ was cancelled\n +its last checkpoint, of step \d+, is kept with the run in \.deepaas/,
    );
    expect(jsonLines(ended).at(-1)).toMatchObject({ type: "cancelled" });
  });
});

describe("against a server", () => {
  let served: Served;
  beforeAll(async () => {
    served = await serveDeepaas(["tool.mjs"], { cwd: folder.path, keeps: true });
  });
  afterAll(async () => {
    await served.end();
  });

  test("predict and describe ask --url, with the same conversion", async () => {
    expect(json(await deepaas("predict", "tool", "--n", "5", "--url", served.url))).toMatchObject({
      n: 5,
      mode: "fast",
    });
    expect(json(await deepaas("predict", "--n", "5", "--file", "@note.txt", "--url", served.url))).toMatchObject({
      file: { size: 10 },
    });
    expect(jsonLines(await deepaas("describe", "--url", served.url, "--json"))).toMatchObject([
      { metadata: { servedAs: "tool" } },
    ]);
    expect(await deepaas("predict", "toll", "--n", "5", "--url", served.url)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("toll"),
    });
  });

  test("train, watch, cancel, rm and serve-version find the server of the data directory", async () => {
    expect((await deepaas("train", "tool", "--url", served.url, "--run-id", "one")).stdout).toContain(
      "run one of tool succeeded",
    );
    expect(
      (await deepaas("train", "tool", "--url", served.url, "--epochs", "1000", "--run-id", "two", "--detach")).stdout,
    ).toBe("two\n");
    await expect.poll(async () => (await deepaas("runs", "--state", "running", "--json")).stdout).toContain('"two"');
    const watched = await runDeepaas(["watch", "two"], {
      cwd: folder.path,
      onStdout: interruptOnce(/progress/),
    });
    expect(watched).toMatchObject({ code: 130, stderr: expect.stringContaining("the run goes on") });
    expect(await deepaas("rm", "two")).toMatchObject({ code: 1, stderr: expect.stringContaining("cancel it first") });
    expect((await deepaas("cancel", "two")).stdout).toMatch(/^two (?:stopping|cancelled)\n$/);
    expect(await deepaas("watch", "two")).toMatchObject({ code: 130, stdout: expect.stringContaining("cancelled") });
    expect((await deepaas("serve-version", "tool", "0")).stdout).toBe("tool serves version 0\n");
    expect((await deepaas("versions", "tool")).stdout).toMatch(/^0 +served +with the model$/m);
    expect(await deepaas("serve-version", "tool", "9")).toMatchObject({ code: 1 });
    expect((await deepaas("rm", "two", "one")).stdout).toBe("two removed\none removed\n");
    expect((await deepaas("runs")).stdout).toBe("no runs\n");
  });

  test("a training in this process is refused while the server has the directory", async () => {
    const ended = await deepaas("train", "tool.mjs");
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`in use by process ${served.child.pid} at ${served.url}`),
    });
  });

  test("doctor says that the server has it, and that everything is sound", async () => {
    const ended = await deepaas("doctor", "--json", "--listen-port", String(served.port));
    expect(ended).toMatchObject({ code: 0, stderr: "" });
    expect(jsonLines(ended).filter(({ level }) => level === "error")).toEqual([]);
    expect(ended.stdout).toContain(`in use by the server at ${served.url}`);
    expect(ended.stdout).toContain("all sound");
  });
});

test("without a server and a directory, the commands about runs say what to do", async () => {
  using empty = tempFolder({});
  for (const args of [["runs"], ["watch"], ["cancel", "a"], ["versions", "m"]]) {
    const ended = await runDeepaas(args, { cwd: empty.path });
    expect(ended).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("start one with deepaas run, or name it with --url"),
    });
  }
  expect(existsSync(join(empty.path, ".deepaas"))).toBe(false);
});

test("a training that was killed goes on before the next one, and without a server it can be read", async () => {
  using own = tempFolder({ "tool.mjs": toolModel });
  const options = { cwd: own.path };
  const killed = await runDeepaas(["train", "tool.mjs", "--epochs", "150", "--run-id", "old"], {
    ...options,
    onStdout: (text, child) => text.includes("progress") && child.kill("SIGKILL"),
  });
  expect(killed.signal).toBe("SIGKILL");
  // The number of the killed process may belong to another one: its URL is not answered.
  writeFileSync(
    join(own.path, ".deepaas/server.json"),
    JSON.stringify({ pid: process.pid, url: "http://127.0.0.1:1" }),
  );
  const watched = await runDeepaas(["watch", "old"], options);
  expect(watched).toMatchObject({ code: 3, stderr: expect.stringContaining("no server works on it") });
  const next = await runDeepaas(["train", "tool.mjs", "--epochs", "1"], options);
  expect(next).toMatchObject({ code: 0, stderr: "deepaas: trainings of an earlier process go on first: old\n" });
  expect(jsonLines(await runDeepaas(["runs", "--json"], options)).map(({ state }) => state)).toEqual([
    "succeeded",
    "succeeded",
  ]);
});

test("doctor finds a damaged file of a run, and ends with 1", async () => {
  using own = tempFolder({ "tool.mjs": toolModel });
  await runDeepaas(["train", "tool.mjs", "--run-id", "one"], { cwd: own.path });
  const blobs = join(own.path, ".deepaas/blobs");
  const files = readdirSync(blobs, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const { parentPath, name } of files) writeFileSync(join(parentPath, name), "other bytes");
  const ended = await runDeepaas(["doctor"], { cwd: own.path });
  expect(ended.code).toBe(1);
  expect(ended.stdout).toMatch(/error.*store.*damaged/);
});

test("warm loads a model, get_metadata prints its metadata", async () => {
  expect((await deepaas("warm", "tool.mjs")).stdout).toMatch(/^tool is warm: \d+\.\d s, \d+ MiB of memory\n$/);
  expect(json(await deepaas("get_metadata", "tool.mjs"))).toMatchObject({ servedAs: "tool", author: "A. Author" });
});

test("describe shows what a model takes and gives", async () => {
  const { stdout } = await deepaas("describe", "tool.mjs");
  expect(stdout).toMatch(/^ {2}author +A\. Author$/m);
  expect(stdout).toMatch(/^ {2}can +predict, stream, train$/m);
  expect(stdout).toContain("--epochs <integer>");
  expect(stdout).toMatch(/^ {2}deepaas predict tool\.mjs --n \d+$/m);
});

test("the script of bash completes commands, models, arguments, choices and files", async () => {
  using own = tempFolder({
    "tool.mjs": toolModel,
    "bin/deepaas": `#!/bin/sh\nexec '${process.execPath}' '${bin}' "$@"\n`,
    "try.sh": `
      source <(deepaas completion bash)
      try() {
        COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMPREPLY=()
        _deepaas 2>/dev/null
        echo "\${COMPREPLY[@]}"
      }
      try deepaas serve-
      try deepaas predict to
      try deepaas predict tool.mjs --mo
      try deepaas predict tool.mjs --mode ""
    `,
  });
  chmodSync(join(own.path, "bin/deepaas"), 0o755);
  const env = { ...deepaasEnv(), PATH: `${join(own.path, "bin")}:${process.env.PATH}` };
  const { stdout } = await promisify(execFile)("bash", ["try.sh"], { cwd: own.path, env });
  expect(stdout).toBe("serve-version\ntool.mjs\n--mode --more\nfast slow\n");
});

test("completion knows the commands, options, arguments and choices", async () => {
  const words = async (...given: readonly string[]) =>
    (await deepaas("__complete", "--", ...given)).stdout.split("\n").map((line) => line.split("\t")[0]);
  expect(await words("ser")).toEqual(["serve-version", ""]);
  expect(await words("predict", "tool.mjs", "--mo")).toEqual(["--mode", "--more", ""]);
  expect(await words("predict", "tool.mjs", "--mode", "")).toEqual(["fast", "slow", ""]);
  expect(await words("predict", "tool.mjs", "--file", "")).toEqual([":files", ""]);
  expect(await words("runs", "--state", "l")).toEqual(["lost", ""]);
  for (const shell of ["bash", "zsh", "fish"])
    expect((await deepaas("completion", shell)).stdout).toContain("deepaas __complete");
  expect(await deepaas("completion", "tcsh")).toMatchObject({ code: 2 });
});
