import { describe, expect, test } from "vitest";
import { BaseModel } from "./model.ts";
import { toModel } from "./to-model.ts";

const predict = () => 1;

describe("a misspelt member is named", () => {
  test.each<[object, string]>([
    [{ predcit: predict }, "predcit: did you mean predict?"],
    [{ predict, getPredictArg: () => ({}) }, "getPredictArg: did you mean getPredictArgs?"],
    [{ predict, get_predict_args: () => ({}) }, "get_predict_args: did you mean getPredictArgs?"],
    [{ predict, getmetadata: () => ({}) }, "getmetadata: did you mean getMetadata?"],
    [{ predict, trian: () => 1 }, "trian: did you mean train?"],
    [{ predict, shema: {} }, "shema: did you mean schema?"],
    [{ predict, warmm: () => {} }, "warmm: did you mean warm?"],
  ])("%o", (model, message) => expect(() => toModel(model)).toThrow(message));

  test("also in a class, and in a class of a module", () => {
    class Typo extends BaseModel {
      predictt() {
        return 1;
      }
    }
    expect(() => toModel(Typo)).toThrow("predictt: did you mean predict?");
    expect(() => toModel({ default: Typo })).toThrow("predictt: did you mean predict?");
  });
});

test.each<object>([
  { predict, weights: 1, threshold: 2, predictions: [], training: false, helper() {} },
  { predict, train: () => 1, trains: 5, predicts: 1 },
  class extends BaseModel {
    labels = [];
    override predict() {
      return 1;
    }
  },
])("%o is sound", (model) => expect(() => toModel(model)).not.toThrow());

test.each<[object, string]>([
  [{ predict: 5 }, "its predict must be a function, not number"],
  [{ predict: 5, train: predict }, "its predict must be a function, not number"],
  [{ predict, getPredictArgs: { x: {} } }, "its getPredictArgs must be a function, not object"],
  [{ predict, getMetadata: "digits" }, "its getMetadata must be a function, not string"],
])("a member of %o that must be a function is named", (model, message) => {
  expect(() => toModel(model)).toThrow(message);
});

test("members may be null or undefined", () => {
  expect(() => toModel({ predict, train: undefined, warm: null, schema: null, resume: "never" })).not.toThrow();
});

test("a model that is no default export is named", () => {
  expect(() => toModel({ model: { predict }, other: 5 })).toThrow("did you mean `export default model`?");
  class Digits extends BaseModel {
    override predict() {
      return 1;
    }
  }
  expect(() => toModel({ Digits })).toThrow("did you mean `export default Digits`?");
  expect(() => toModel({ a: { predict }, b: { predict } })).toThrow(/^it has none of predict, .*train$/);
});
