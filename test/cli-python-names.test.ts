// `deepaas-run` and `deepaas-cli`, as they were recorded from the Python system, with what still makes sense of it.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { type RunOptions, runDeepaas } from "./support/deepaas.ts";
import { tempFolder } from "./support/temp-folder.ts";
import { toolModel } from "./support/tool-model.ts";

const folder = tempFolder({
  "package.json": JSON.stringify({ name: "p", deepaas: { models: { tool: "./tool.mjs" } } }),
  "tool.mjs": toolModel,
});
afterAll(() => folder[Symbol.dispose]());

const options = (env: NodeJS.ProcessEnv = {}): Pick<RunOptions, "cwd" | "env"> => ({
  cwd: folder.path,
  env: { HOME: join(folder.path, "home"), ...env },
});

describe("deepaas-run", () => {
  const run = (args: readonly string[], env?: NodeJS.ProcessEnv) =>
    runDeepaas(args, { ...options(env), name: "deepaas-run" });
  const config = async (args: readonly string[], env?: NodeJS.ProcessEnv) => {
    const { stdout } = await run([...args, "--print-config"], env);
    return Object.fromEntries(stdout.split("\n").map((line) => [line.split(/ +/)[0], line.split(/ {2,}/)[1]]));
  };

  test("takes every option of the original's help", async () => {
    expect(
      await config(
        // biome-ignore format: as it is typed
        ["--base-path", "/a", "--client-max-size", "5", "--debug", "--debug-endpoint", "--doc-endpoint", "--listen-ip", "127.0.0.1",
         "--listen-port", "5102", "--log-file", "a.log", "--log-level", "WARNING", "--model-name", "tool", "--nodebug",
         "--nodebug-endpoint", "--nodoc-endpoint", "--nopredict-endpoint", "--notrain-endpoint", "--nowarm", "--warm", "--workers", "2"],
      ),
    ).toMatchObject({
      basePath: '"/a"',
      clientMaxSize: "5",
      debug: "false",
      debugEndpoint: "false",
      docEndpoint: "false",
      listenPort: "5102",
      logFile: '"a.log"',
      logLevel: '"warn"',
      modelName: "tool",
      predictEndpoint: "false",
      trainEndpoint: "false",
      workers: "2",
      rawPredictions: "true",
    });
  });

  test("reads OS_DEFAULT__LISTEN_PORT and DEEPAAS_V2_MODEL", async () => {
    const env = { OS_DEFAULT__LISTEN_PORT: "5103", DEEPAAS_V2_MODEL: "tool" };
    expect(await config([], env)).toMatchObject({ listenPort: "5103", modelName: "tool" });
  });

  test.each<[readonly string[], number, string]>([
    [["--nope"], 2, "unknown option '--nope'"],
    [["--client-max-size", "-1"], 2, "Must be a whole number of at least 0."],
    [["--workers", "0"], 2, "Must be a whole number from 1 to 1024."],
    [["--model-name", "nosuch"], 2, "there is no model nosuch"],
  ])("%j ends with %d", async (args, code, text) => {
    expect(await run(args)).toMatchObject({ code, stderr: expect.stringContaining(text) });
  });

  test("a port that is in use ends with 1 and one line", async () => {
    const other = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => other.once("listening", resolve));
    const { port } = other.address() as AddressInfo;
    const ended = await run(["--listen-port", String(port)], { DEEPAAS_STORE: "0" });
    other.close();
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining(`port ${port} at 127.0.0.1 is in use`) });
  });
});

describe("deepaas-cli", () => {
  const cli = (...args: readonly string[]) => runDeepaas(args, { ...options(), name: "deepaas-cli" });
  /** As scripts find it: `grep -Po '{.*}'`. */
  const returned = (stdout: string) => JSON.parse(/return: (.*)$/m.exec(stdout)?.[1] ?? "") as unknown;

  test("predict and get_metadata print the result behind return:", async () => {
    const { stdout, code } = await cli("predict", "--n", "3", "--tags", '["a"]', "--accept", "application/json");
    expect(code).toBe(0);
    expect(stdout).toMatch(/^[\d :.-]+ \d+ INFO deepaas\.cmd\.cli \[-\] predict was called\.$/m);
    expect(returned(stdout)).toMatchObject({ n: 3, tags: ["a"] });
    expect(returned((await cli("--nodeepaas_with_multiprocessing", "get_metadata")).stdout)).toMatchObject({
      author: "A. Author",
    });
    expect((await cli("warm")).stdout).toContain("warm was called.");
  });

  test("train prints the training of the V2 API", async () => {
    expect(returned((await cli("train", "--epochs", "2")).stdout)).toMatchObject({
      status: "done",
      result: { output: { epochs: 2 } },
    });
  });

  test("--deepaas_method_output writes JSON to a file with its ending, and a file as it is", async () => {
    const json = await cli("--deepaas_method_output", "res.txt", "predict", "--n", "3");
    expect(json.stdout).toContain("Output is saved in res.txt.json");
    expect((await cli("--deepaas_method_output=out.bin", "predict", "--n=-1")).stdout).toContain(
      "Output is saved in out.bin",
    );
    const check = await runDeepaas(["predict", "--n", "1", "--file", "@out.bin"], options());
    expect(JSON.parse(check.stdout)).toMatchObject({ file: { size: 4 } });
  });

  test.each<[readonly string[], number, string]>([
    [[], 2, "a method is missing"],
    [["forecast"], 2, "there is no method forecast"],
    [["--model-name", "nosuch", "warm"], 2, "there is no model nosuch"],
    [["predict"], 2, "/n: Is required."],
    [["train", "--epochs", "99"], 1, "epoch 99 is bad luck"],
  ])("%j ends with %d", async (args, code, text) => {
    expect(await cli(...args)).toMatchObject({ code, stderr: expect.stringContaining(text) });
  });
});
