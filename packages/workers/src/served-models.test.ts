import type { ModelDeclaration } from "@deepaas/core/ports";
import { expect, test } from "vitest";
import { StartRefusedError } from "./process.ts";
import { ServedModels } from "./served-models.ts";

const has = { predict: true, predictBatch: false, predictStream: false, train: false, reload: false };
const fields = { k: { type: "integer", default: 7 } };
const first: ModelDeclaration = { metadata: { pid: 1 }, predictFields: fields, has };

function served(): ServedModels {
  const models = new ServedModels(["m"]);
  models.check({ m: first });
  return models;
}

test("the models of the first worker are served", () => {
  const { descriptions } = served();
  expect(descriptions.m?.metadata).toMatchObject({ pid: 1, servedAs: "m" });
  expect(descriptions.m?.predictArgs.properties).toEqual(fields);
});

test.each<[string, object, RegExp]>([
  ["does not declare a model", {}, /^Model m: the worker does not declare it$/],
  [
    "declares an unsound default",
    { m: { ...first, trainFields: { k: { type: "integer", default: "x" } } } },
    /at \/k\/default: /,
  ],
  ["declares nothing", { m: {} }, /^Model m: has at \/: /],
])("a worker that %s is refused, as the first and as a later one", (_, declarations, message) => {
  for (const models of [new ServedModels(["m"]), served()]) {
    const check = () => models.check(declarations as Readonly<Record<string, ModelDeclaration>>);
    expect(check).toThrow(StartRefusedError);
    expect(check).toThrow(message);
  }
});

test.each<[string, Partial<ModelDeclaration>, string]>([
  ["default", { predictFields: { k: { type: "integer", default: 8 } } }, "/predictArgs/properties/k/default"],
  ["field", { predictFields: { ...fields, "a/b": { type: "string" } } }, "/predictArgs/properties/a~1b"],
  ["required field", { predictFields: { k: { type: "integer" } } }, "/predictArgs/properties/k/default"],
  ["response", { responseSchema: { type: "string" } }, "/response"],
  ["method", { has: { ...has, train: true } }, "/has/train"],
  ["resume", { resume: "never" }, "/resume"],
])("a later worker with another %s is refused with the place of the difference", (_, change, place) => {
  const models = served();
  const before = models.descriptions;
  const message = `Model m: its description differs from the served one at ${place}`;
  expect(() => models.check({ m: { ...first, ...change } })).toThrow(message);
  expect(models.descriptions).toBe(before);
});

test("a later worker may differ in metadata, in whether it reloads, and in how it writes the same schema", () => {
  const models = served();
  models.check({ m: { ...first, metadata: { pid: 2 } } });
  models.check({ m: { ...first, has: { ...has, reload: true } } });
  models.check({ m: { ...first, predictFields: { k: { ...fields.k, required: false } } } });
  expect(models.descriptions.m?.metadata).toMatchObject({ pid: 1 });
});
