// The option `observer`: a module with hooks around the methods of the models, in each worker.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { createHost, silentLogger } from "@deepaas/core";
import { afterAll, expect, test } from "vitest";
import type { WorkersOptions } from "./options.ts";
import { workers } from "./workers.ts";

const folder = mkdtempSync(join(tmpdir(), "deepaas-observer-"));
afterAll(() => rmSync(folder, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
}

const calls = join(folder, "calls");
const module = file(
  "model.mjs",
  `import { appendFileSync } from "node:fs";
  appendFileSync(${JSON.stringify(calls)}, "model loaded\\n");
  export default { predict: () => 1, train: () => 2 };`,
);
const observer = file(
  "observer.mjs",
  `import { appendFileSync } from "node:fs";
  const add = (value) => appendFileSync(${JSON.stringify(calls)}, JSON.stringify(value) + "\\n");
  add("observer loaded");
  export default { call: (about, work) => (add(about), work()) };`,
);

async function open(options: Partial<WorkersOptions>) {
  return createHost({ executor: workers({ module, logger: silentLogger, ...options }), logger: silentLogger });
}

test.each([
  ["a path", observer],
  ["a file URL", pathToFileURL(observer).href],
])("is loaded before the models, and gets each call with its trace context: %s", async (_, given) => {
  writeFileSync(calls, "");
  await using host = await open({ observer: given });
  expect(await host.predict("model", {}, { requestId: "q", traceparent: "t" })).toBe(1);
  const lines = () => readFileSync(calls, "utf8").trimEnd().split("\n");
  const about = '{"model":"model","method":"predict","requestId":"q","traceparent":"t"}';
  expect(lines()).toEqual(['"observer loaded"', "model loaded", about]);
  const { id } = await host.train("model", {}, { traceparent: "u" });
  for await (const _event of host.watch(id));
  expect(lines().at(-1)).toBe(`{"model":"model","method":"train","runId":"${id}","traceparent":"u"}`);
});

test("that cannot be loaded, or exports something else, stops the start with its name", async () => {
  const broken = file("broken.mjs", 'throw new Error("no collector");');
  const other = file("other.mjs", "export default { call: 1 };");
  const hangs = file("hangs.mjs", "await new Promise(() => {});");
  await expect(open({ observer: broken })).rejects.toThrow(`The observer ${broken} could not be loaded: no collector`);
  await expect(open({ observer: other })).rejects.toThrow(`The default export of ${other} must be a ModelObserver`);
  await expect(open({ observer: hangs })).rejects.toThrow(`${hangs} never finished loading`);
  expect(() => workers({ module, observer: 1 as never })).toThrow("observer must be the path or the file URL");
});

test("what the options of Node.js preload is loaded once by a worker, not by its guard, too", async () => {
  const loaded = join(folder, "loaded");
  const preload = (name: string) =>
    file(name, `import { appendFileSync } from "node:fs"; appendFileSync(${JSON.stringify(loaded)}, "${name}\\n");`);
  const [first, second] = ["first.mjs", "second.mjs"].map((name) => pathToFileURL(preload(name)).href);
  await using host = await open({
    nodeArgs: ["--import", first as string],
    env: { NODE_OPTIONS: `--import ${second}` },
  });
  expect(await host.predict("model", {})).toBe(1);
  expect(readFileSync(loaded, "utf8").trim().split("\n").sort()).toEqual(["first.mjs", "second.mjs"]);
});

test("is closed after the models, before the worker ends", async () => {
  writeFileSync(calls, "");
  const closing = file(
    "closing.mjs",
    `import { appendFileSync } from "node:fs";
    export default {
      async close() {
        await new Promise((resolve) => setTimeout(resolve, 20));
        appendFileSync(${JSON.stringify(calls)}, "observer closed\\n");
      },
    };`,
  );
  const host = await open({ observer: closing });
  await host.close();
  expect(readFileSync(calls, "utf8")).toBe("model loaded\nobserver closed\n");
});
