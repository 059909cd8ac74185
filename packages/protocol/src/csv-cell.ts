// One cell of a CSV file (RFC 4180) that a spreadsheet shows and does not execute.

/** In the order of `MetricValue`: they start as a formula does and are none. */
const nonFinite: ReadonlySet<unknown> = new Set(["NaN", "Infinity", "-Infinity"]);

/**
 * Where a spreadsheet would read a formula: the start of the text and, because it may take another character than the comma for the
 * separator, what follows a semicolon, a tab or a line break. Spaces and quotes in front change nothing.
 */
const formulaStart = /(^|[;\t\r\n])(?=(?:[^\S\t\r\n]|")*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20])/g;

/**
 * Returns a value as a cell. A text that has a comma, a quote or a line break is quoted. Where a text starts as a formula does
 * (`=`, `+`, `-`, `@` and their wide forms), an apostrophe is put before it: spreadsheets then take it for text. Numbers, and the
 * metrics NaN, Infinity and -Infinity, stay as they are.
 */
export function csvCell(value: string | number | undefined): string {
  if (value === undefined) return "";
  if (typeof value === "number" || nonFinite.has(value)) return String(value);
  const text = value.replace(formulaStart, "$1'");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
