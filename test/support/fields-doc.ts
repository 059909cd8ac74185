// The tables of docs/fields.md.
import { readFileSync } from "node:fs";

export interface FieldsRow {
  readonly section: string;
  /** The fields of marshmallow, as Python. */
  readonly python: readonly string[];
  /** TypeBox, as TypeScript; undefined if the cell is a sentence. */
  readonly field: string | undefined;
  /** What a Python model declares for the field, in JSON. */
  readonly declared: string;
  readonly takes: readonly unknown[];
  readonly refuses: readonly unknown[];
}

/** A row of the other tables with three columns. */
export interface ValuesRow {
  /** Code of the first cell. */
  readonly codes: readonly string[];
  /** The words before the values: which values are meant. */
  readonly kind: string;
  readonly values: readonly unknown[];
}

export const leftOut = Symbol("left out");
const words = new Map<string, () => unknown>([
  ["left out", () => leftOut],
  ["a file", () => new Blob(["x"])],
  ["a list of files", () => [new Blob(["x"]), new Blob(["y"])]],
]);

/** False for files and for what is left out. */
export const isJson = (value: unknown): boolean =>
  value !== leftOut && ![value].flat().some((one) => one instanceof Blob);

const markdown = readFileSync(new URL("../../docs/fields.md", import.meta.url), "utf8");

export const fieldsRows: readonly FieldsRow[] = rowsWith(5).map(({ section, cells }) => {
  const [python, field, declared, takes, refuses] = cells as [string, string, string, string, string];
  return {
    section,
    python: codesOf(python),
    field: /^`([^`]*)`/.exec(field)?.[1],
    declared: codesOf(declared).join(),
    takes: valuesOf(takes),
    refuses: valuesOf(refuses),
  };
});

export function valuesRows(section: string): readonly ValuesRow[] {
  return rowsWith(3)
    .filter((row) => row.section === section)
    .map(({ cells: [first = "", second = ""] }) => ({
      codes: codesOf(first),
      kind: /^[^`]*(?=: `)/.exec(second)?.[0] ?? "",
      values: codesOf(second).map((code) => JSON.parse(code) as unknown),
    }));
}

/** The rows of the tables with that many columns. */
function rowsWith(count: number): { readonly section: string; readonly cells: readonly string[] }[] {
  let section = "";
  return markdown.split("\n").flatMap((line) => {
    if (line.startsWith("## ")) section = line.slice(3);
    const cells = line.split("|").slice(1, -1);
    const isRow = cells.length === count && line.includes("`");
    return isRow ? [{ section, cells: cells.map((cell) => cell.trim()) }] : [];
  });
}

function codesOf(cell: string): string[] {
  return [...cell.matchAll(/`([^`]*)`/g)].map(([, code = ""]) => code);
}

/** The values of a cell: JSON in code spans, or one of the words above; split at the commas outside of code. */
function valuesOf(cell: string): unknown[] {
  const parts = cell.match(/`[^`]*`|[^,`]+/g) ?? [];
  return parts
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map((part) => (part.startsWith("`") ? (JSON.parse(part.slice(1, -1)) as unknown) : wordValue(part)));
}

function wordValue(word: string): unknown {
  const value = words.get(word);
  if (!value) throw new Error(`docs/fields.md: there is no value called ${JSON.stringify(word)}`);
  return value();
}
