// The outcome of the replay as the README tells it.
import { rules } from "./comparable-answer.ts";
import { exclusions } from "./excluded-exchanges.ts";
import { differences, type Outcome } from "./outcome.ts";

export function comparisonText({ recorded, replayed, matches, different, excluded }: Outcome): string {
  return [
    `${recorded} exchanges are recorded and ${replayed} replayed: ${matches} match, ${replayed - matches} differ as listed.`,
    "",
    ...table(
      ["Other than the original", "Because", "From", "Exchanges"],
      differences.map(({ what, why, from }) => [what, why, from, String(different.get(what))]),
    ),
    "",
    ...table(
      ["Not replayed", "Because", "Exchanges"],
      exclusions.map(({ what, why }) => [what, why, String(excluded.get(what))]),
    ),
    "",
    ...table(["What counts as the same", "From"], Object.entries(rules)),
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)];
}
