// Tables for people: aligned columns without lines.
import stringWidth from "string-width";
import { styled } from "./style.ts";

export interface Column {
  readonly title: string;
  /** Default "left". */
  readonly align?: "left" | "right";
}

/** Returns the rows below their titles. A cell is one line of text, which may have colours. Ends with a line break. */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const titles = columns.map(({ title }) => styled("bold", title));
  return aligned([titles, ...rows], columns);
}

/** Returns pairs of a name and a text in two columns. */
export function definitions(pairs: readonly (readonly [name: string, text: string])[]): string {
  return aligned(pairs, [{ title: "" }, { title: "" }]);
}

function aligned(rows: readonly (readonly string[])[], columns: readonly Column[]): string {
  const widths = columns.map((_column, i) => Math.max(0, ...rows.map((row) => stringWidth(row[i] ?? ""))));
  const lines = rows.map((row) =>
    columns
      .map(({ align }, i) => {
        const cell = row[i] ?? "";
        const space = " ".repeat((widths[i] as number) - stringWidth(cell));
        return align === "right" ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join("");
}
