import { createHost, type Fields, FileField, Type, withDefault } from "@deepaas/core";
import { expect, test } from "vitest";
import { curlHint } from "./curl-hint.ts";

async function hintFor(fields: Fields): Promise<string> {
  await using host = await createHost({ models: { m: { getPredictArgs: () => fields, predict: () => null } } });
  const hint = curlHint(await host.describe("m"), "http://h");
  const { predictArgs } = await host.describe("m");
  const [, body] = /--json '(.*)' /.exec(hint) ?? [];
  // What it proposes is what the model takes.
  if (body !== undefined) await host.predict("m", JSON.parse(body.replaceAll("'\\''", "'")));
  else expect(predictArgs.required.length === 0 || hint.includes("@FILE")).toBe(true);
  return hint.trim().replace(" http://h/v2/models/m/predict/", "");
}

test.each<[string, Fields]>([
  ["curl -X POST", { n: withDefault(Type.Integer(), 3) }],
  ["curl -F image=@FILE", { image: FileField(), top: withDefault(Type.Integer(), 3) }],
  ["curl -F images=@FILE -F n=2", { images: Type.Array(FileField()), n: Type.Integer({ minimum: 2 }) }],
  ["curl -H 'Accept: image/png' -F image=@FILE", { image: FileField(), accept: { enum: ["image/png", "text/csv"] } }],
  [`curl --json '{"x":1,"on":true}'`, { x: Type.Number(), on: Type.Boolean() }],
  [`curl --json '{"x":0.5}'`, { x: Type.Number({ maximum: 0.5 }) }],
  [`curl --json '{"x":3}'`, { x: Type.Integer({ exclusiveMinimum: 2 }) }],
  [`curl --json '{"name":"text------"}'`, { name: Type.String({ minLength: 10 }) }],
  [`curl --json '{"kind":"it'\\''s"}'`, { kind: { enum: ["it's", "other"] } }],
  [`curl --json '{"list":[1],"any":{}}'`, { list: Type.Array(Type.Integer()), any: { type: "object" } }],
])("%s", async (hint, fields) => {
  expect(await hintFor(fields)).toBe(hint);
});

test("a model without predict is trained, one that streams is read as a stream, one without both is shown", async () => {
  await using host = await createHost({
    models: {
      trained: { train: () => 1 },
      streamed: {
        async *predictStream() {
          yield 1;
        },
      },
    },
  });
  expect(curlHint(await host.describe("trained"), "http://h")).toBe("  curl -X POST http://h/v2/models/trained/train/");
  const has = { predict: false, predictBatch: false, predictStream: false, train: false };
  const bare = { ...(await host.describe("trained")), has };
  expect(curlHint(bare, "http://h")).toBe("  curl http://h/v2/models/trained/");
  expect(curlHint(await host.describe("streamed"), "http://h")).toMatch(
    /^ {2}curl -N -H 'Accept: text\/event-stream' /,
  );
});
