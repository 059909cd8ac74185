import { expect, test } from "vitest";
import type { ModelDescription } from "../contract/model-service.ts";
import { ShownDescriptions } from "./shown-descriptions.ts";

const description = { metadata: { name: "M" } } as ModelDescription;
const [reads, predicts] = [Object.freeze(["read"]), Object.freeze(["predict", "read@other"])];

test("each caller and each model has its own", () => {
  const shown = new ShownDescriptions();
  const may = (scopes: readonly string[], model: string) => shown.shownTo(scopes, model, description).may;
  for (let times = 0; times < 2; times++) {
    expect(may(reads, "m")).toEqual(["read"]);
    expect(may(predicts, "m")).toEqual(["predict"]);
    expect(may(predicts, "other")).toEqual(["read", "predict"]);
  }
  expect(description.may).toBeUndefined();
  expect(shown.shownTo(reads, "m", { ...description, shippedMetrics: { loss: 1 } }).shippedMetrics).toEqual({
    loss: 1,
  });
});

test("it is made once for a list that is frozen, and anew for one that may change", () => {
  const shown = new ShownDescriptions();
  const of = (scopes: readonly string[]) => shown.shownTo(scopes, "m", description);
  expect(of(reads)).toBe(of(reads));
  const scopes = ["read"];
  expect(of(scopes).may).toEqual(["read"]);
  scopes[0] = "predict";
  expect(of(scopes).may).toEqual(["predict"]);
});
