import { expect, test } from "vitest";
import { Credential } from "./credential.ts";
import { RecentTokens } from "./recent-tokens.ts";

const later = Date.now() + 1e9;
const ann = new Credential("ann", []);

test("forgets what was not used for the longest time", () => {
  const tokens = new RecentTokens(2);
  tokens.set("a", ann, later);
  tokens.set("b", ann, later);
  expect(tokens.get("a")).toBe(ann);
  tokens.set("c", ann, later);
  expect(["a", "b", "c"].map((key) => tokens.get(key) !== undefined)).toEqual([true, false, true]);
});

test("forgets a token at its time", () => {
  const tokens = new RecentTokens(2);
  tokens.set("a", ann, Date.now());
  expect(tokens.get("a")).toBeUndefined();
});

test("a key shows nothing of its token", () => expect(RecentTokens.keyOf("secret")).toMatch(/^[0-9a-f]{64}$/));
