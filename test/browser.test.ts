// The packages that promise to run in a browser do, as they are built.
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { importGraph } from "./browser/import-graph.ts";
import { chromium, domAt } from "./support/chromium.ts";

const packages = ["core", "protocol", "in-process"];
const entryOf = (name: string) => new URL(`../packages/${name}/dist/index.js`, import.meta.url).href;

describe.each(packages)("@deepaas/%s", (name) => {
  test("imports nothing of Node", async () => {
    const { modules, builtins } = await importGraph(entryOf(name));
    expect(modules.size).toBeGreaterThan(3);
    expect(builtins).toEqual([]);
  });
});

test.skipIf(!chromium && !process.env["CI"])(
  "a host trains and predicts in a real browser (needs chromium)",
  async () => {
    const script = `
    import { createHost, Type } from "/packages/core/dist/index.js";
    import * as protocol from "/packages/protocol/dist/index.js";
    import * as inProcess from "/packages/in-process/dist/index.js";
    const model = {
      getPredictArgs: () => ({ n: Type.Integer({ minimum: 1 }) }),
      predict: ({ n }) => n * 2,
      async train(args, run) { run.report({ step: 1, metrics: { loss: 0.5 } }); await run.checkpoint({ step: 1, file: new Blob(["x"]) }); },
    };
    const host = await createHost({ models: { model } });
    const refused = await host.predict("model", { n: 0 }).catch((error) => error.code);
    const { id } = await host.train("model", {});
    const types = [];
    for await (const { type } of host.watch(id)) types.push(type);
    const exported = [protocol, inProcess].map((module) => Object.keys(module).length > 0);
    document.body.textContent = JSON.stringify({ doubled: await host.predict("model", { n: 21 }), refused, types, exported });
  `;
    const answer = await pageText(script);
    expect(answer).toEqual({
      doubled: 42,
      refused: "invalid_args",
      types: ["queued", "started", "progress", "checkpoint", "succeeded"],
      exported: [true, true],
    });
  },
);

/** What the script leaves in the page's body, as JSON; the built files are served as they are, found by an import map. */
async function pageText(script: string): Promise<unknown> {
  const root = new URL("..", import.meta.url).href;
  const pathOf = (url: string) => `/${url.slice(root.length)}`;
  const files = new Set<string>();
  const imports: Record<string, string> = {};
  for (const name of packages) {
    for (const [url, resolved] of (await importGraph(entryOf(name))).modules) {
      files.add(pathOf(url));
      for (const [specifier, target] of resolved) if (!specifier.startsWith(".")) imports[specifier] = pathOf(target);
    }
  }
  const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script><body><script type="module">${script}</script>`;
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    if (path === "/") return void response.setHeader("content-type", "text/html").end(page);
    if (!files.has(path)) return void response.writeHead(404).end();
    return void readFile(fileURLToPath(root + path.slice(1))).then((bytes) =>
      response.setHeader("content-type", "text/javascript").end(bytes),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const dom = await domAt(`http://127.0.0.1:${port}/`, '{"doubled"');
    const json = /\{"doubled".*\}/.exec(dom)?.[0];
    if (json === undefined) throw new Error(`the page says: ${dom.slice(0, 2_000)}`);
    return JSON.parse(json) as unknown;
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
