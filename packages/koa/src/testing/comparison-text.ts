// The outcome of the replay as the tables of docs/compared-with-python.md.
import { rules } from "./comparable-answer.ts";
import type { Difference } from "./differences/difference.ts";
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

/** The outcome for the models in Python; `own`: what is not in the table above. */
export function pythonComparisonText({ replayed, matches, different }: Outcome, own: readonly Difference[]): string {
  const occurring = [...different].filter(([, count]) => count > 0);
  const listed = new Set(differences.map(({ what }) => what));
  const ownRows = own.filter(({ what }) => !listed.has(what));
  return [
    `${replayed} exchanges are replayed: ${matches} match, ${replayed - matches} differ as listed.`,
    "",
    ...table(
      ["Difference of a model in Python", "Reason", "Exchanges"],
      ownRows.map(({ what, why }) => [what, why, String(different.get(what))]),
    ),
    "",
    ...table(
      ["Difference as above", "Exchanges"],
      occurring.filter(([what]) => listed.has(what)).map(([what, count]) => [what, String(count)]),
    ),
  ].join("\n");
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${"---|".repeat(head.length)}`, ...rows.map(line)];
}
