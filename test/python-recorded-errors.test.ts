// The 422 bodies that were recorded from the Python server, compared with those of the same model in a Python worker.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { isDeepStrictEqual } from "node:util";
import { createHost, silentLogger } from "@deepaas/core";
import { createServer } from "@deepaas/koa";
import { workers } from "@deepaas/workers";
import { expect, test } from "vitest";

const testing = new URL("../packages/koa/src/testing/", import.meta.url);
const variable = "DEEPAAS_MARSHMALLOW_3_PYTHON";
const python = process.env[variable];

/** What `transcript.ts` of the REST adapter reads. */
interface Exchange {
  readonly title: string;
  readonly request: { readonly method: string; readonly path: string };
  readonly response: { readonly status: number; readonly body: string } | null;
}
type SendRecorded = (
  port: number,
  exchange: Exchange,
  toPath: (path: string) => string,
) => Promise<{ readonly status: number; readonly body: Buffer }>;

const exchanges = ["02-predict-args", "02b-predict-args-more"]
  .map((name) => JSON.parse(readFileSync(new URL(`fixtures/transcripts/${name}.json`, testing), "utf8")))
  .flatMap(({ sections }: { sections: { exchanges: Exchange[] }[] }) =>
    sections.flatMap((section) => section.exchanges),
  )
  .filter(
    ({ request, response }) => response?.status === 422 && String(request.path).startsWith("/v2/models/wide/predict"),
  );

/** Exchanges whose body differs, with the row of docs/compared-with-python.md. */
const reasons: Readonly<Record<string, string>> = {
  "int_strict from query string '5'": "a strict integer is an integer",
  "JSON int_strict 5.0": "a strict integer is an integer",
  "several errors at once": "a validator function runs in `predict`, after all others; choices have the usual sentence",
  "JSON wrong types": "a time delta is a number",
  "JSON full good values": "a `dump_only` field in a request",
  "dump_only field supplied -> Unknown field": "a `dump_only` field in a request",
  "JSON array body":
    "a body that is a JSON array is the argument of a list of objects only if the model has exactly one",
  "JSON NaN literal for plain float": "NaN is refused",
  "list element error index": "errors of `ContainsOnly` are reported per item",
  "multipart text part with content-type application/json is text? (no filename, non-text ctype -> bytearray)":
    "a JSON part of a form without a file name is text",
};

test.skipIf(python === undefined && !process.env.CI)(
  `recorded 422 bodies are those of a Python worker (needs ${variable}, a Python with marshmallow and webargs)`,
  async () => {
    if (python === undefined) throw new Error(`${variable} must name a Python with marshmallow and webargs`);
    const { sendRecorded } = (await import(new URL("send-recorded.ts", testing).href)) as {
      sendRecorded: SendRecorded;
    };
    const module = fileURLToPath(new URL("support/recorded/wide.py", import.meta.url));
    const executor = workers({ modules: { wide: { module, runtime: "python", python } }, logger: silentLogger });
    await using host = await createHost({ executor, logger: silentLogger });
    const server = createServer(host, { rawPredictions: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const different: string[] = [];
    for (const exchange of exchanges) {
      const { status, body } = await sendRecorded(port, exchange, (path) => path);
      const isSame =
        status === 422 && isDeepStrictEqual(JSON.parse(body.toString()), JSON.parse(exchange.response?.body ?? ""));
      if (!isSame) different.push(exchange.title);
    }
    server.closeAllConnections();
    server.close();
    expect(exchanges.length).toBe(40);
    expect(different.sort()).toEqual(Object.keys(reasons).sort());
  },
);

test("why a body differs is in docs/compared-with-python.md", () => {
  const page = readFileSync(new URL("../docs/compared-with-python.md", import.meta.url), "utf8");
  expect(Object.values(reasons).filter((reason) => !page.includes(`| ${reason} |`))).toEqual([]);
});
