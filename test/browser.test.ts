// The built packages that must run in a browser do so.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test } from "vitest";
import { builtPage, entryOf, jsonOf } from "./browser/built-page.ts";
import { importGraph } from "./browser/import-graph.ts";
import { chromium } from "./support/chromium.ts";

const packages = ["core", "protocol", "in-process", "client"];

describe.each(packages)("@deepaas/%s", (name) => {
  test("imports nothing of Node", async () => {
    const { modules, builtins } = await importGraph(entryOf(name));
    expect(modules.size).toBeGreaterThan(3);
    expect(builtins).toEqual([]);
  });
});

test.skipIf(!chromium && !process.env.CI)("a host trains and predicts in a real browser (needs chromium)", async () => {
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
});

/** What the script writes into the body of the page. */
async function pageText(script: string): Promise<unknown> {
  const page = await builtPage(packages, script);
  const server = createServer((request, response) => {
    if (!page(request, response)) response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await jsonOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, "doubled");
  } finally {
    server.close();
    server.closeAllConnections();
  }
}
