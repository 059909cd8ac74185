// Decides whether a new version of the weights is served.
import type { PromotionRule, WeightsVersion } from "../contract/weights.ts";

type Compared = Pick<WeightsVersion, "number" | "metrics">;

/** Returns why `version` is not served, or undefined if every rule allows it. */
export function whyNotServed(rules: readonly PromotionRule[], version: Compared, served: Compared): string | undefined {
  for (const rule of rules) {
    const why = whyNotBy(rule, version, served);
    if (why !== undefined) return why;
  }
  return undefined;
}

function whyNotBy(rule: PromotionRule, version: Compared, served: Compared): string | undefined {
  if (rule === "always") return undefined;
  if (rule === "ask") return "it waits for somebody to serve it";
  const { metric, better } = rule;
  const mine = version.metrics[metric];
  const theirs = served.metrics[metric];
  if (mine === undefined) return `it has no ${metric}`;
  if (typeof mine !== "number") return `its ${metric} is ${mine}`;
  if (theirs === undefined) return `version ${served.number} has no ${metric} to compare with`;
  if (typeof theirs !== "number") return `the ${metric} of version ${served.number} is ${theirs}`;
  if (better === "higher" ? mine > theirs : mine < theirs) return undefined;
  const [one, other] = comparable(mine, theirs);
  return `${metric} ${one} is not ${better} than ${other} of version ${served.number}`;
}

/** With the same number of digits behind the point: 0.40 and 0.97. */
function comparable(...values: readonly [number, number]): readonly string[] {
  const texts = values.map((value) => String(Number(value.toPrecision(6))));
  if (texts.some((text) => text.includes("e"))) return texts;
  const digits = Math.max(...texts.map((text) => text.split(".")[1]?.length ?? 0));
  return texts.map((text) => Number(text).toFixed(digits));
}
