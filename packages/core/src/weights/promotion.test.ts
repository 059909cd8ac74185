import { expect, test } from "vitest";
import type { Metrics, PromotionRule } from "../contract/weights.ts";
import { whyNotServed } from "./promotion.ts";

const higher: PromotionRule = { metric: "acc", better: "higher" };
const lower: PromotionRule = { metric: "loss", better: "lower" };
const why = (rules: readonly PromotionRule[], metrics: Metrics, served: Metrics = {}) =>
  whyNotServed(rules, { number: 3, metrics }, { number: 2, metrics: served });

test.each<[string, readonly PromotionRule[], Metrics, Metrics, string | undefined]>([
  ["always", ["always", "always"], {}, {}, undefined],
  ["ask", ["ask"], { acc: 1 }, {}, "it waits for somebody to serve it"],
  ["a higher metric", [higher], { acc: 0.98 }, { acc: 0.97 }, undefined],
  ["a lower metric", [higher], { acc: 0.4 }, { acc: 0.97 }, "acc 0.40 is not higher than 0.97 of version 2"],
  ["an equal metric", [higher], { acc: 0.97 }, { acc: 0.97 }, "acc 0.97 is not higher than 0.97 of version 2"],
  ["a smaller loss", [lower], { loss: 0.1 }, { loss: 0.2 }, undefined],
  ["a greater loss", [lower], { loss: 12 }, { loss: 0.25 }, "loss 12.00 is not lower than 0.25 of version 2"],
  ["a tiny loss", [lower], { loss: 2e-9 }, { loss: 1e-9 }, "loss 2e-9 is not lower than 1e-9 of version 2"],
  ["a missing metric", [higher], { loss: 1 }, { acc: 0.5 }, "it has no acc"],
  ["NaN", [higher], { acc: "NaN" }, { acc: 0.5 }, "its acc is NaN"],
  ["an infinite metric", [higher], { acc: "Infinity" }, { acc: 0.5 }, "its acc is Infinity"],
  ["a served version without it", [higher], { acc: 1 }, {}, "version 2 has no acc to compare with"],
  ["a served version with NaN", [higher], { acc: 1 }, { acc: "NaN" }, "the acc of version 2 is NaN"],
  ["the first rule that forbids it", ["always", lower, "ask"], {}, {}, "it has no loss"],
  ["a stricter host", ["always", "ask"], {}, {}, "it waits for somebody to serve it"],
])("%s", (_name, rules, metrics, served, expected) => {
  expect(why(rules, metrics, served)).toBe(expected);
});
