// Everything that a model in Python can do to its process: the caller gets an answer, nothing is left behind, and the service
// goes on.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createHost, DeepaasError, silentLogger } from "@deepaas/core";
import { afterAll, describe, expect, test } from "vitest";
import type { WorkersOptions } from "./options.ts";
import { isAlive, until } from "./testing/process-facts.ts";
import { python, pythonModel, withPython } from "./testing/python-worker.ts";
import { workers } from "./workers.ts";

const folder = mkdtempSync(join(tmpdir(), "deepaas-python-faults-"));
afterAll(() => {
  expect(readdirSync(folder).filter((name) => name.startsWith("deepaas-workers-"))).toEqual([]);
  rmSync(folder, { recursive: true });
});
const noteOf = (name: string) => join(folder, name);
const noted = (name: string) => until(() => existsSync(noteOf(name)) && readFileSync(noteOf(name), "utf8"));
const faulty = { module: pythonModel("faulty"), runtime: "python" } as const;

async function open(options: WorkersOptions = {}) {
  const logged: string[] = [];
  const log = (fields: object, message: string) => void logged.push(`${message} ${JSON.stringify(fields)}`);
  const logger = { debug: log, info: log, warn: log, error: log };
  const modules = { faulty };
  const executor = workers({ modules, graceMs: 200, backOffMs: 10, tempFolder: folder, logger, ...options });
  const host = await createHost({ executor, logger: silentLogger, limits: { graceMs: 200 } });
  const ask = (how: string, note = "") =>
    host.predict("faulty", { do: how, note: note && noteOf(note) }).catch((error: unknown) => {
      if (!DeepaasError.is(error)) throw error;
      return { code: error.code, message: error.message };
    });
  return { host, executor, logged, ask, [Symbol.asyncDispose]: () => host.close({ drainMs: 0 }) };
}

describe.skipIf(python === undefined).concurrent(`a model in Python${withPython}`, () => {
  test.each([
    ["os_exit", "The worker was lost: exited with code 3."],
    ["segfault", "The worker was lost: killed by SIGSEGV."],
  ])("%s: the call is lost at once, and the next one is answered", async (how, message) => {
    await using served = await open();
    const before = await served.ask("pid");
    expect(await served.ask(how)).toEqual({ code: "worker_lost", message });
    expect(await served.ask("pid")).not.toBe(before);
    // The trace of the fault handler.
    if (how === "segfault")
      expect(served.logged.join("\n")).toMatch(/Fatal Python error: Segmentation fault[\s\S]*faulty\.py/);
  });

  test("a model that takes too much memory is killed", async () => {
    await using served = await open({ maxRssBytes: 300_000_000 });
    expect(await served.ask("memory")).toMatchObject({
      code: "worker_lost",
      message: expect.stringContaining("memory limit"),
    });
    expect(await served.ask("pid")).toEqual(expect.any(Number));
  });

  test("a forked process does not answer in the worker's place, and has no pipe of it", async () => {
    await using served = await open();
    const before = await served.ask("pid");
    expect(await served.ask("fork")).toBe(0);
    expect(await served.ask("fork_writes")).toBe(1);
    expect(await served.ask("descriptors")).toBe("");
    expect(await served.ask("signals")).toBe("[True, True]");
    expect(await served.ask("pid")).toBe(before);
    await until(() => served.logged.some((line) => line.includes("ValueError: raised by the child")));
  });

  test("megabytes that are printed do not stop it; so many lines a second are kept", async () => {
    await using served = await open();
    const before = await served.ask("pid");
    expect(await served.ask("print")).toBe("printed");
    await until(() => served.logged.some((line) => /\d+ lines of stdout were dropped/.test(line)));
    expect(await served.ask("pid")).toBe(before);
  });

  test("it closes stdout, changes the directory, replaces the handler of SIGINT, and leaves a thread", async () => {
    await using served = await open();
    const before = await served.ask("pid");
    expect(await served.ask("close_stdout")).toBe("closed");
    expect(await served.ask("chdir")).toBe("/");
    expect(await served.ask("handler")).toBe("ignored");
    expect(await served.ask("thread")).toBe("started");
    const { id } = await served.host.train("faulty", { do: "pid" });
    for await (const _event of served.host.watch(id)) void _event;
    expect(await served.host.run(id)).toMatchObject({ state: "succeeded" });
    expect(await served.ask("pid")).toBe(before);
  });

  test("what a training prints is in the log of its run, before its end", async () => {
    await using served = await open({ maxLinesPerSecond: 100_000 });
    const { id } = await served.host.train("faulty", { do: "print" });
    const lines: string[] = [];
    for await (const event of served.host.watch(id)) {
      if (event.type === "log") lines.push(event.text);
    }
    expect(lines.filter((line) => line.startsWith("line "))).toHaveLength(3_000);
  });

  test("a call that holds the global lock is killed after its abort, with what it has started", async () => {
    await using served = await open();
    const call = new AbortController();
    const answer = served.host.predict("faulty", { do: "hold", note: noteOf("held") }, { signal: call.signal });
    answer.catch(() => {});
    const pid = Number(await noted("held"));
    call.abort();
    await expect(answer).rejects.toMatchObject({ code: "cancelled" });
    await until(() => !isAlive(pid));
    expect(await served.ask("pid")).not.toBe(pid);
    const started = served.ask("grandchild", "grandchild");
    const child = Number(await noted("grandchild"));
    process.kill(served.executor.pids()[0] as number, "SIGKILL");
    expect(await started).toMatchObject({ code: "worker_lost" });
    await until(() => !isAlive(child));
  });

  test("a training beside another one is killed with its worker if a call of C does not return after its cancel", async () => {
    await using served = await open({ shared: true, train: 2 });
    const begin = async (name: string) => {
      await served.host.train("faulty", { do: "block", note: noteOf(name) }, { runId: name });
      return Number(await noted(name));
    };
    const pid = await begin("first");
    expect(await begin("second")).toBe(pid);
    await served.host.cancel("second");
    await until(() => !isAlive(pid));
    for await (const _event of served.host.watch("second")) void _event;
    expect(await served.host.run("second")).toMatchObject({ state: "cancelled" });
  });

  test("a server that is killed takes a worker along whose thread holds the global lock", async () => {
    const script = `
      import { workers } from ${JSON.stringify(new URL("../dist/index.js", import.meta.url).href)};
      const executor = workers(${JSON.stringify({ modules: { faulty }, tempFolder: folder })});
      await executor.warm({ signal: new AbortController().signal, weights: async () => undefined });
      const call = { requestId: "r", signal: new AbortController().signal };
      await executor.predict("faulty", { do: "hold", note: ${JSON.stringify(noteOf("orphan"))} }, call);
    `;
    const server = spawn(process.execPath, ["--input-type=module", "--eval", script], { stdio: "inherit" });
    const pid = Number(await noted("orphan"));
    server.kill("SIGKILL");
    await once(server, "exit");
    await until(() => !isAlive(pid));
    await until(() => !readdirSync(folder).some((name) => name.startsWith(`deepaas-workers-${server.pid}`)));
  });

  test("an import that takes long is said in the log", async () => {
    const note = noteOf("imported");
    const env = { FAULTY_IMPORT: "slow", FAULTY_NOTE: note };
    const logged: string[] = [];
    const info = (_fields: object, message: string) => void logged.push(message);
    const executor = workers({
      modules: { faulty: { ...faulty, env } },
      tempFolder: folder,
      logger: { ...silentLogger, info },
    });
    const opening = createHost({ executor, logger: silentLogger });
    await until(() => logged.some((line) => /^still importing \S*faulty\.py, for \d+ s$/.test(line)));
    writeFileSync(note, "");
    const host = await opening;
    await host.close({ drainMs: 0 });
  });

  test("an import that ends the process is the error of the start", async () => {
    const env = { FAULTY_IMPORT: "exit" };
    const executor = workers({
      modules: { faulty: { ...faulty, env } },
      backOffMs: 1,
      tempFolder: folder,
      logger: silentLogger,
    });
    await expect(createHost({ executor, logger: silentLogger })).rejects.toThrow("exited with code 7");
  });
});

describe.skipIf(python === undefined)(`a Python that cannot serve${withPython}`, () => {
  const startWith = (path: string) => {
    const modules = { faulty: { ...faulty, python: path } };
    return createHost({ executor: workers({ modules, tempFolder: folder, backOffMs: 1, logger: silentLogger }) });
  };

  test("one that is too old says so", async () => {
    // A Python that says it is 3.8, as the real one does.
    const old = join(folder, "old");
    const code =
      "import sys; sys.version_info = (3, 8); sys.version = '3.8.18 (x)'; sys.argv = sys.argv[1:]; import runpy; runpy.run_path(sys.argv[0], run_name='__main__')";
    writeFileSync(old, `#!/bin/sh\nshift 2\nexec "${python}" -c "${code}" "$@"\n`, { mode: 0o755 });
    await expect(startWith(old)).rejects.toThrow(/^Python 3\.8\.18 at \/\S+ is too old: at least 3\.9 is needed$/);
  });

  test("one that cannot be started is the error of the start", async () => {
    const broken = join(folder, "broken");
    writeFileSync(broken, "#!/nowhere/python\n", { mode: 0o755 });
    await expect(startWith(broken)).rejects.toThrow(/could not be spawned: .*ENOENT/);
  });
});
