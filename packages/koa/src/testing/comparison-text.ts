// The outcome of the replay as the tables of docs/compared-with-python.md.
import { rules } from "./comparable-answer.ts";
import { exclusions } from "./excluded-exchanges.ts";
import { differences, type Outcome } from "./outcome.ts";

export function comparisonText({ recorded, replayed, matches, different, excluded }: Outcome): string {
  return [
    `${recorded} exchanges are recorded and ${replayed} replayed: ${matches} match, ${replayed - matches} differ as listed.`,
    "",
    ...table(
      ["Difference from the Python server", "Reason", "Exchanges"],
      differences.map(({ what, why }) => [what, why, String(different.get(what))]),
    ),
    "",
    ...table(
      ["Not replayed", "Reason", "Exchanges"],
      exclusions.map(({ what, why }) => [what, why, String(excluded.get(what))]),
    ),
    "",
    ...table(
      ["Rule of the comparison"],
      rules.map((rule) => [rule]),
    ),
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)];
}
