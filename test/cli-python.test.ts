// Models in Python, as a user runs them.
import { chmodSync, mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { runDeepaas, serveDeepaas } from "./support/deepaas.ts";
import { hasPython } from "./support/python-fields.ts";
import { type TempFolder, tempFolder } from "./support/temp-folder.ts";

const model = `
class HTTPException(Exception):
    pass

class HTTPConflict(HTTPException):
    status = 409
    reason = "no such label"

def get_metadata():
    return {"name": "Plain", "description": "d", "author": "a", "license": "MIT"}

def get_predict_args():
    return {"n": {"type": "integer", "default": 3, "maximum": 9}, "file": {"type": "string", "format": "binary", "required": False}}

def predict(n, file=None):
    if n == 9:
        raise HTTPConflict()
    return {"n": n, "file": file and file.original_filename}

def get_train_args():
    return {"epochs": {"type": "integer", "default": 2}}

def train(epochs):
    from deepaas_run import current_run
    for epoch in range(epochs):
        print(f"epoch {epoch}")
        current_run().report(step=epoch + 1, total=epochs, loss=1 / (epoch + 1))
    return {"epochs": epochs}
`;

const installed = {
  "site/installed_api.py": model,
  "site/installed-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: installed\nVersion: 1.0\n",
  "site/installed-1.0.dist-info/entry_points.txt": "[deepaas.v2.model]\ndemo = installed_api\n",
};
const project = {
  "pyproject.toml": '[project]\nname = "own"\n\n[project.entry-points."deepaas.v2.model"]\nown = "own.api"\n',
  "own/__init__.py": "",
  "own/api.py": `from . import config\n${model}`,
  "own/config.py": "",
};

const inFolder = (name: string, files: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(files).map(([path, text]) => [`${name}/${path}`, text]));

/** Without an environment of the one who runs the tests. */
const env = { VIRTUAL_ENV: undefined, CONDA_PREFIX: undefined, DEEPAAS_PYTHON: undefined };
const withSite = ({ path }: TempFolder) => ({ ...env, PYTHONPATH: join(path, "site") });
const skipped = hasPython ? "" : " (skipped: there is no python3)";
const python = /Python 3\.\d+\.\w+, \/\S+ \(PATH\)/;

async function predict(url: string, body: object = {}) {
  const headers = { "content-type": "application/json", accept: "*/*" };
  const answer = await fetch(`${url}/predict/`, { method: "POST", headers, body: JSON.stringify(body) });
  return { status: answer.status, text: await answer.text() };
}

describe.skipIf(!hasPython)(`deepaas run${skipped}`, () => {
  test("a file: it is served, with its Python on stderr, and a status that the model means is answered", async () => {
    using folder = tempFolder({ "plain.py": model });
    await using served = await serveDeepaas(["plain.py", "second=plain.py"], { cwd: folder.path, env });
    for (const name of ["plain", "second"]) {
      const answer = await predict(`${served.url}/v2/models/${name}`, { n: 5 });
      expect(answer).toEqual({ status: 200, text: '{"status":"OK","predictions":"{\\"n\\":5,\\"file\\":null}"}' });
    }
    expect(await predict(`${served.url}/v2/models/plain`, { n: 9 })).toEqual({
      status: 409,
      text: "409: no such label",
    });
    expect((await predict(`${served.url}/v2/models/plain`, { n: 10 })).status).toBe(422);
    const form = new FormData();
    form.set("file", new Blob(["x"]), "a.txt");
    const upload = await fetch(`${served.url}/v2/models/plain/predict/`, { method: "POST", body: form });
    expect(JSON.parse(((await upload.json()) as { predictions: string }).predictions)).toEqual({ n: 3, file: "a.txt" });
    served.child.kill("SIGTERM");
    const { stderr } = await served.ended;
    expect(stderr).toMatch(new RegExp(`^deepaas: plain, second: ${python.source}$`, "m"));
  });

  test("--devices: the processes of each runtime have their own GPU", async () => {
    const seen = "export default { predict: () => process.env.CUDA_VISIBLE_DEVICES };\n";
    const inPython = "import os\n\ndef predict():\n    return os.environ.get('CUDA_VISIBLE_DEVICES')\n";
    using folder = tempFolder({ "one.mjs": seen, "two.py": inPython });
    const args = ["one.mjs", "two.py", "--devices", "0,1"];
    await using served = await serveDeepaas(args, { cwd: folder.path, env });
    const answers = await Promise.all(["one", "two"].map((name) => predict(`${served.url}/v2/models/${name}`)));
    expect(answers.map(({ text }) => (JSON.parse(text) as { predictions: string }).predictions)).toEqual(["0", "1"]);
  });

  test.each<[string, readonly string[], Readonly<Record<string, string>>, string]>([
    ["the folder of a project", ["."], project, "own"],
    ["nothing, in the folder of a project", [], project, "own"],
    ["the name of the folder of a project", ["one"], inFolder("one", project), "own"],
    ["the name of the folder of a package", ["api"], { "api/__init__.py": model }, "api"],
    ["the name of an installed entry point", ["demo"], installed, "demo"],
    ["nothing, with an installed entry point", [], installed, "demo"],
    ["an installed entry point among others", ["demo"], { ...installed, ...project }, "demo"],
    ["a dotted module", ["api=own.api"], project, "api"],
  ])("%s", async (_, args, files, name) => {
    using folder = tempFolder(files);
    await using served = await serveDeepaas([...args], { cwd: folder.path, env: withSite(folder) });
    const models = (await (await fetch(`${served.url}/v2/models/`)).json()) as { models: { id: string }[] };
    expect(models.models).toHaveLength(1);
    expect((await predict(`${served.url}/v2/models/${name}`)).status).toBe(200);
  });
});

describe.skipIf(!hasPython).concurrent(`what is not there is said in one line${skipped}`, () => {
  const old = "#!/bin/sh\necho '[\"3.7.16\", false, {}]'\n";
  test.each<[string, readonly string[], Readonly<Record<string, string>>, RegExp]>([
    ["a file", ["none.py"], {}, /^deepaas: there is no file none\.py\n$/],
    [
      "an entry point",
      ["dem"],
      installed,
      /^deepaas: there is no model dem; did you mean demo\?\n {2}the models are demo\n$/,
    ],
    ["any model", [], {}, /^deepaas: there is no model here\n {2}[^\n]* deepaas\.v2\.model of \/\S+ \(PATH\): none\n$/],
    [
      "an entry point of a project",
      ["."],
      { "pyproject.toml": "[project]\n" },
      /^deepaas: pyproject\.toml has no entry point of the group deepaas\.v2\.model\n {2}[^\n]+\n$/,
    ],
    [
      "a Python",
      ["a.py", "--python", "python9"],
      { "a.py": model },
      /^deepaas: the option python names python9, which is not on PATH\n/,
    ],
    [
      "a Python that is new enough",
      ["a.py", "--python", "./old"],
      { "a.py": model, old },
      /^deepaas: Python 3\.7\.16 at \/\S+old \(the option python\) is too old: at least 3\.9 is needed\n/,
    ],
    [
      "the module of a model",
      ["a.py"],
      { "a.py": "import no_such_module\n" },
      /importing \S*a\.py failed: No module named 'no_such_module'\. The Python is \/\S+/,
    ],
    ["a dotted module", ["pkg.none"], {}, /importing pkg\.none failed: No module named 'pkg'/],
    [
      "a model in this process",
      ["a.py", "--inline"],
      { "a.py": model },
      /^deepaas: [^\n]*\ndeepaas: model a is in Python, and cannot run in the process of the server\n/,
    ],
  ])("%s", async (_, args, files, text) => {
    using folder = tempFolder(files);
    if (files.old !== undefined) chmodSync(join(folder.path, "old"), 0o755);
    const ended = await runDeepaas(["run", "--listen-port", "0", ...args], { cwd: folder.path, env: withSite(folder) });
    expect(ended.stderr).toMatch(text);
    expect(ended.code).toBeGreaterThan(0);
  });

  test("a virtual environment that is broken", async () => {
    using folder = tempFolder({ "a.py": model, ".venv/pyvenv.cfg": "" });
    mkdirSync(join(folder.path, ".venv/bin"));
    symlinkSync("/nowhere/python3", join(folder.path, ".venv/bin/python"));
    const { stderr, code } = await runDeepaas(["run", "a.py"], { cwd: folder.path, env });
    expect(stderr).toMatch(/^deepaas: the virtual environment \S+\.venv is broken: \S+ cannot be run; [^\n]+\n/);
    expect(code).toBe(2);
  });
});

describe.skipIf(!hasPython).concurrent(`the other commands${skipped}`, () => {
  test("predict and its help", async () => {
    using folder = tempFolder({ "plain.py": model, "a.txt": "x" });
    const run = (...args: string[]) => runDeepaas(["predict", "plain.py", ...args], { cwd: folder.path, env });
    const { stdout, stderr } = await run("--n", "4", "--file", "@a.txt");
    expect([JSON.parse(stdout), stderr]).toEqual([{ n: 4, file: "a.txt" }, ""]);
    expect((await run("--help")).stdout).toMatch(/Arguments of plain:\n[\s\S]*--n/);
    expect((await run("--n", "10")).code).toBe(2);
  });

  test("train: what it reports and prints", async () => {
    using folder = tempFolder({ "plain.py": model });
    const { stdout, stderr, code } = await runDeepaas(["train", "plain.py", "--epochs", "3"], {
      cwd: folder.path,
      env,
    });
    expect(code).toBe(0);
    expect(`${stdout}${stderr}`).toContain("epoch 2");
    expect(stdout).toContain('{"epochs":3}');
  });

  test("check: no fault in a sound model, and for a faulty one the line of each, with advice for Python", async () => {
    using folder = tempFolder({
      "plain.py": model.replace("n == 9", "n == 10"),
      "faulty.py":
        "def get_metadata():\n    return open('/nowhere/about')\ndef predict():\n    raise ValueError('boom')\ndef train():\n    return 1\n",
    });
    const check = (...args: string[]) => runDeepaas(["check", ...args], { cwd: folder.path, env });
    const [sound, faulty] = await Promise.all([check("plain.py"), check("faulty.py", "--json")]);
    expect([sound.code, sound.stderr]).toEqual([0, ""]);
    expect(sound.stdout).toMatch(/^0 errors, 0 warnings$/m);
    expect(faulty.code).toBe(1);
    expect(faulty.stdout).toContain("ValueError: boom (faulty.py:4)");
    expect(faulty.stdout).toContain("FileNotFoundError: [Errno 2] No such file or directory");
    for (const advice of ["HTTPBadRequest", "current_run().report"]) expect(faulty.stdout).toContain(advice);
    expect(faulty.stdout).not.toMatch(/DeepaasError|run\.report,/);
  });

  test("bench: it answers calls", async () => {
    using folder = tempFolder({ "plain.py": model });
    const args = ["bench", "plain.py", "--callers", "1", "--seconds", "0.2", "--json"];
    const { stdout, code } = await runDeepaas(args, { cwd: folder.path, env });
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ model: "plain", module: "plain.py" });
  });
});
