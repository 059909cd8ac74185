// Clients that generators make from the OpenAPI document: they compile without skipLibCheck, and their calls work.
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { createHost, FileField, type Host, type Model, Type, withDefault } from "@deepaas/core";
import { createServer as createApiServer } from "@deepaas/koa";
import { createClient } from "@hey-api/openapi-ts";
import openapiTypes, { astToString } from "openapi-typescript";
import { rolldown } from "rolldown";
import { afterAll, beforeAll, expect, test } from "vitest";
import Digits from "../examples/digits/digits.ts";
import { tempFolder } from "./support/temp-folder.ts";

const { resolve } = createRequire(import.meta.url);

const typical = {
  getMetadata: () => ({ name: "Typical", version: "1.0.0" }),
  getPredictArgs: () => ({
    text: Type.String(),
    count: withDefault(Type.Integer({ minimum: 1 }), 3),
    classes: Type.Optional(Type.Array(Type.String())),
    weights: Type.Optional(Type.Record(Type.String(), Type.Number())),
    day: { type: "string", format: "date", required: false } as const,
  }),
  schema: Type.Object({ text: Type.String(), count: Type.Integer(), classes: Type.Array(Type.String()) }),
  predict: ({ text, count, classes = [] }: { text: string; count: number; classes?: string[] }) => ({
    text,
    count,
    classes,
  }),
  getTrainArgs: () => ({ epochs: withDefault(Type.Integer(), 1) }),
  train: ({ epochs }: { epochs: number }) => ({ epochs }),
};
const uploads = {
  getPredictArgs: () => ({
    picture: FileField(),
    labels: Type.Optional(Type.Array(Type.String())),
    top: withDefault(Type.Integer(), 1),
  }),
  schema: Type.Object({ size: Type.Integer(), labels: Type.Array(Type.String()) }),
  predict: async ({ picture, labels = [] }: { picture: { bytes(): Promise<Uint8Array> }; labels?: string[] }) => ({
    size: (await picture.bytes()).length,
    labels,
  }),
};

const usage = `
import { client } from "./client/client.gen";
import { predictDigits, predictTypical, predictUploads, predictWide, runEvents, trainTypical } from "./client/sdk.gen";
import type { RunEvent } from "./client/types.gen";
import type { components } from "./types";

const first: components["schemas"]["RunEvent"]["type"] = "queued";

export async function use(baseUrl: string, picture: Blob) {
  client.setConfig({ baseUrl, headers: { Accept: "application/json" } });
  const predicted = await predictTypical({ body: { text: "a", classes: ["x", "y"], weights: { w: 0.5 } } });
  const uploaded = await predictUploads({ body: { picture: new Blob(["12345"]), labels: ["x", "y"] } });
  const digit = await predictDigits({ body: { image: picture, top: 1 } });
  const wide = await predictWide({ body: { str_req: "abc", list_int: [1, 2], data: new Blob(["x"]) } });
  const refused = await predictTypical({ body: { text: "a", count: 0 } });
  const trained = await trainTypical({ body: { epochs: 2 } });
  const id = (trained.data as { uuid: string }).uuid;
  let events: RunEvent[] = [];
  while (!events.some((event) => event.type === "succeeded")) {
    const page = await runEvents({ path: { id } });
    events = (page.data as { items: RunEvent[] }).items;
  }
  const [queued] = events;
  return {
    first: queued?.type === first,
    predicted: predicted.data,
    uploaded: uploaded.data,
    digit: digit.data?.predictions[0]?.label,
    wide: wide.response?.status,
    refused: [refused.response?.status, refused.error],
    last: events.at(-1)?.type,
  };
}
`;

let host: Host;
let baseUrl: string;
let close: () => void;
const folder = tempFolder();

beforeAll(async () => {
  // The model of the recorded exchanges, with every kind of argument.
  const { wide } = (await import(new URL("../packages/protocol/src/testing/wide-model.ts", import.meta.url).href)) as {
    wide: Model;
  };
  host = await createHost({ models: { typical, uploads, wide, digits: new Digits() } });
  const server = createApiServer(host).listen(0, "127.0.0.1");
  await once(server, "listening");
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  close = () => {
    server.close();
    server.closeAllConnections();
  };
  const document = join(folder.path, "openapi.json");
  writeFileSync(document, await (await fetch(`${baseUrl}/openapi.json`)).text());
  mkdirSync(join(folder.path, "client"));
  await createClient({ input: document, output: join(folder.path, "client"), logs: { level: "silent" } });
  writeFileSync(join(folder.path, "types.ts"), astToString(await openapiTypes(pathToFileURL(document))));
  writeFileSync(join(folder.path, "usage.ts"), usage);
});
afterAll(async () => {
  close();
  await host.close({ drainMs: 0 });
  folder[Symbol.dispose]();
});

test("what the generators make compiles without skipLibCheck", async () => {
  const manifest = resolve("typescript-5.9/package.json");
  const { bin } = JSON.parse(readFileSync(manifest, "utf8")) as { readonly bin: Readonly<Record<string, string>> };
  const compilerOptions = {
    ...{ strict: true, noEmit: true, skipLibCheck: false, types: [] },
    ...{ target: "es2023", module: "esnext", moduleResolution: "bundler", lib: ["es2023", "dom", "dom.iterable"] },
  };
  writeFileSync(join(folder.path, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["usage.ts"] }));
  const compiler = join(dirname(manifest), Object.values(bin)[0] as string);
  const { stdout } = await promisify(execFile)(process.execPath, [compiler, "-p", folder.path]).catch(
    (error: { stdout: string }) => error,
  );
  expect(stdout).toBe("");
});

test("a generated client predicts, uploads, trains and reads events", async () => {
  await using bundle = await rolldown({ input: join(folder.path, "usage.ts") });
  const file = join(folder.path, "usage.mjs");
  await bundle.write({ file });
  const { use } = (await import(pathToFileURL(file).href)) as {
    use(url: string, picture: Blob): Promise<unknown>;
  };
  const picture = new Blob([readFileSync(new URL("../examples/digits/7.png", import.meta.url))], { type: "image/png" });
  expect(await use(baseUrl, picture)).toEqual({
    first: true,
    predicted: { text: "a", count: 3, classes: ["x", "y"] },
    uploaded: { size: 5, labels: ["x", "y"] },
    digit: "7",
    wide: 200,
    refused: [422, { count: [expect.stringContaining("greater than or equal to 1")] }],
    last: "succeeded",
  });
});
