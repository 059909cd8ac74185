// Tables for people: aligned columns without lines.
import { stripVTControlCharacters } from "node:util";
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
  return aligned(
    pairs.map(([name, text]) => [styled("bold", name), text]),
    [{ title: "" }, { title: "" }],
  );
}

function aligned(rows: readonly (readonly string[])[], columns: readonly Column[]): string {
  const widths = columns.map((_column, i) => Math.max(0, ...rows.map((row) => widthOf(row[i] ?? ""))));
  const lines = rows.map((row) =>
    columns
      .map(({ align }, i) => {
        const cell = row[i] ?? "";
        const space = " ".repeat((widths[i] as number) - widthOf(cell));
        return align === "right" ? space + cell : cell + space;
      })
      .join("  ")
      .trimEnd(),
  );
  return lines.map((line) => `${line}\n`).join("");
}

const segments = new Intl.Segmenter();

/** Columns on a terminal; East Asian wide characters and emoji take two. */
function widthOf(text: string): number {
  let width = 0;
  for (const { segment } of segments.segment(stripVTControlCharacters(text))) {
    width += /\p{Emoji_Presentation}|\p{Script=Han}|\p{Script=Hangul}|\p{Script=Hiragana}|\p{Script=Katakana}/u.test(
      segment,
    )
      ? 2
      : 1;
  }
  return width;
}
