// Models in Python behind `workers()`, beside one for Node.js.
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { createHost, modelFile, silentLogger } from "@deepaas/core";
import { afterAll, describe, expect, test } from "vitest";
import { type WorkersOptions, workers } from "./index.ts";
import { until } from "./testing/process-facts.ts";
import { python, pythonModel, withPython } from "./testing/python-worker.ts";

const folder = mkdtempSync(join(tmpdir(), "deepaas-python-workers-"));
afterAll(() => rmSync(folder, { recursive: true }));
const node = fileURLToPath(import.meta.resolve("@deepaas/conformance/models/once"));
const echo = { module: pythonModel("echo"), runtime: "python" } as const;

async function serve(options: WorkersOptions) {
  const executor = workers({ logger: silentLogger, ...options });
  const host = await createHost({ executor, logger: silentLogger });
  return { executor, host, [Symbol.asyncDispose]: () => host.close({ drainMs: 0 }) };
}

async function written(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

test.each<[string, unknown, string]>([
  ["another runtime", { module: "a", runtime: "ruby" }, 'must be the path of a module, { module, runtime: "node" }'],
  ["no module", { runtime: "python" }, "modules.m must be the path of a module"],
  ["an unknown member", { ...echo, pythonPath: "x" }, 'there is no option "pythonPath"'],
  ["an option of Python for Node.js", { module: "a", runtime: "node", python: "x" }, 'there is no option "python"'],
  ["a Python that is not there", { ...echo, python: "/nowhere/python" }, "/nowhere/python, which cannot be run"],
])("%s is refused", (_, module, message) => {
  expect(() => workers({ modules: { m: module } } as WorkersOptions)).toThrow(message);
});

describe.skipIf(python === undefined).concurrent(`models in Python${withPython}`, () => {
  test("each runtime has its own processes, and a call goes to those of its model", async () => {
    const modules = { once: { module: node, runtime: "node" }, echo, second: { ...echo, env: { A: "1" } } } as const;
    await using served = await serve({ modules });
    const { host, executor } = served;
    expect((await host.models()).map(({ servedAs }) => servedAs).sort()).toEqual(["echo", "once", "second"]);
    expect(executor.pids()).toHaveLength(3);
    expect(executor.slots).toEqual({ predict: 3, train: 3 });
    expect(executor.status()).toEqual({ state: "ready", reasons: [] });
    const stats = executor.stats?.();
    expect(stats?.workers.map(({ models }) => models)).toEqual([["once"], ["echo"], ["second"]]);
    expect(await host.predict("echo", {})).toEqual(["accept", "do"]);
    const file = modelFile(new TextEncoder().encode("content"), { originalFilename: "a.txt" });
    expect(await host.predict("second", { do: "described", file })).toMatchObject([{ original_filename: "a.txt" }]);
    await expect(host.predict("echo", { do: "http" })).rejects.toMatchObject({ code: "already_exists", status: 409 });
    const items: unknown[] = [];
    for await (const item of host.predictStream("echo", {})) items.push(item);
    expect(items).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }]);
    // Its worker has not been started before.
    for (const model of ["echo", "once"]) {
      const { id } = await host.train(model, {});
      const types: string[] = [];
      for await (const event of host.watch(id)) types.push(event.type === "log" ? event.text : event.type);
      expect(types.slice(0, 3)).toEqual(["queued", "A worker is starting for this training.", "started"]);
    }
  });

  test("a training reports, is cancelled, and published weights are served", async () => {
    await using served = await serve({ modules: { echo } });
    const { host } = served;
    const note = join(folder, "cancelled");
    const { id } = await host.train("echo", { do: "wait", note });
    await until(() => readdirSync(folder).includes("cancelled"));
    await host.cancel(id);
    const types: string[] = [];
    for await (const { type } of host.watch(id)) types.push(type);
    expect(types.at(-1)).toBe("cancelled");
    const saved = await host.train("echo", { do: "save" });
    for await (const event of host.watch(saved.id)) {
      if (event.type === "failed") throw new Error(JSON.stringify(event));
    }
    expect(await host.run(saved.id)).toMatchObject({ state: "succeeded", result: saved.id });
    await until(async () => ((await host.predict("echo", { do: "loaded" })) as string).startsWith('"""Answers'));
  });

  test("a fault of one model stops the start, in one line that names it", async () => {
    const fails = async (name: string, text: string) => {
      const module = await written(name, text);
      const host = createHost({
        executor: workers({ modules: { m: { module, runtime: "python" } }, logger: silentLogger }),
      });
      return host.then(
        () => "",
        (error: Error) => error.message,
      );
    };
    const missing =
      /^Model m: importing \S*missing\.py failed: No module named 'no_such_module'\. The Python is \/\S+$/;
    expect(await fails("missing.py", "import no_such_module\n")).toMatch(missing);
    const itself = "from importlib.metadata import version\nversion('my_app')\n";
    expect(await fails("itself.py", itself)).toMatch(
      /No package metadata was found for my_app: install it with pip install -e\. The Python is \/\S+$/,
    );
    expect(await fails("broken.py", "def predict(:\n")).toMatch(
      /^Model m: importing \S*broken\.py failed: SyntaxError: /,
    );
    expect(await fails("exits.py", "import sys; sys.exit('no GPU')\n")).toMatch(/called sys\.exit\('no GPU'\)/);
    const cold = "def warm():\n    raise RuntimeError('no weights in /a/b/c.pt')\n";
    expect(await fails("cold.py", cold)).toBe("Model m could not be warmed: RuntimeError: no weights in c.pt");
    const unsound = "def get_predict_args():\n    return {'a': {'type': 'integer', 'default': 'seven'}}\n";
    expect(await fails("unsound.py", unsound)).toMatch(/^Model m: .*default/);
  });

  test("what a model or its BaseModel does not implement is not there, and a fault of get_metadata is logged", async () => {
    const package_ = join(folder, "installed", "deepaas", "model", "v2");
    mkdirSync(package_, { recursive: true });
    for (const part of ["..", "../..", "."]) writeFileSync(join(package_, part, "__init__.py"), "");
    const members = ["get_metadata", "get_predict_args", "get_train_args", "warm", "predict", "train"];
    const method = (name: string) => `    def ${name}(self, *args, **kwargs):\n        raise NotImplementedError()\n`;
    writeFileSync(join(package_, "base.py"), `class BaseModel:\n${members.map(method).join("")}`);
    const own =
      "class Own:\n    def get_predict_args(self):\n        raise NotImplementedError()\n    get_metadata = get_predict_args\n";
    const inherited = "from deepaas.model.v2.base import BaseModel\nclass Inherited(BaseModel):\n";
    const predict = "    def predict(self, **kwargs):\n        return kwargs\n";
    const faulty = "class Faulty(Own):\n    def get_metadata(self):\n        raise OSError('no such file')\n";
    writeFileSync(join(folder, "unimplemented.py"), `${own}${predict}${inherited}${predict}${faulty}`);
    const env = { PYTHONPATH: [folder, join(folder, "installed")].join(delimiter) };
    const of = (module: string) => ({ module, runtime: "python", env }) as const;
    const modules = {
      own: of("unimplemented:Own"),
      inherited: of("unimplemented:Inherited"),
      faulty: of("unimplemented:Faulty"),
    };
    const logged: object[] = [];
    const logger = { ...silentLogger, error: (fields: object, message: string) => logged.push({ ...fields, message }) };
    await using served = await serve({ modules, logger });
    for (const name of Object.keys(modules)) expect(await served.host.predict(name, { x: 1 })).toEqual({});
    await expect(served.host.train("inherited", {})).rejects.toMatchObject({ code: "not_implemented" });
    const err = expect.objectContaining({ message: "no such file" });
    const message = "get_metadata failed: the model is served without its metadata";
    expect(logged).toEqual([expect.objectContaining({ model: "faulty", err, message })]);
  });

  test("code that changed is loaded anew", async () => {
    const text = (n: number) => `def predict():\n    return ${n}\n`;
    const module = await written("changing.py", text(1));
    await using served = await serve({
      modules: { changing: { module, runtime: "python" }, once: node },
      reportFiles: true,
    });
    const { host, executor } = served;
    expect(Object.keys(executor.files().changing ?? {})).toEqual([module]);
    expect(await host.predict("changing", {})).toBe(1);
    writeFileSync(module, text(2));
    await host.reloadCode();
    expect(await host.predict("changing", {})).toBe(2);
    writeFileSync(module, "raise ValueError('broken')\n");
    await expect(host.reloadCode()).rejects.toThrow("ValueError: broken");
    expect(await host.predict("changing", {})).toBe(2);
  });

  test("a module, an attribute and a class by name; a file that imports its neighbours", async () => {
    const package_ = join(folder, "pkg");
    await import("node:fs/promises").then(async ({ mkdir }) => mkdir(package_));
    writeFileSync(join(package_, "__init__.py"), "");
    writeFileSync(join(package_, "config.py"), "ANSWER = 42\n");
    const api =
      "from deepaas.model.v2.base import BaseModel\nfrom . import config\n\nclass Model(BaseModel):\n    def predict(self):\n        return config.ANSWER\n\nmodel = Model()\n";
    writeFileSync(join(package_, "api.py"), `${api}predict = model.predict\n`);
    const env = { PYTHONPATH: folder };
    const of = (module: string) => ({ module, runtime: "python", env }) as const;
    const modules = {
      module: of("pkg.api"),
      object: of("pkg.api:model"),
      class: of("pkg.api:Model"),
      file: of(join(package_, "api.py")),
    };
    await using served = await serve({ modules });
    for (const name of Object.keys(modules)) expect(await served.host.predict(name, {})).toBe(42);
    const missing = createHost({ executor: workers({ modules: { m: of("pkg.api:nothing") }, logger: silentLogger }) });
    await expect(missing).rejects.toThrow("Model m: pkg.api has no attribute nothing");
    const method = createHost({ executor: workers({ modules: { m: of("pkg.api:predict") }, logger: silentLogger }) });
    await expect(method).rejects.toThrow("Model m: pkg.api:predict is a function; name the module");
  });
});
