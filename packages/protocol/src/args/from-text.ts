// Parses text as a number or a boolean: what Python's `int` and `float` accept, and the booleans of the Python server
// (marshmallow 3). Each function returns undefined for any other text.

const integer = /^[+-]?\d+(?:_\d+)*$/;
const digits = String.raw`\d+(?:_\d+)*`;
const float = new RegExp(`^[+-]?(?:${digits}(?:\\.(?:${digits})?)?|\\.${digits})(?:[eE][+-]?${digits})?$`);
/** Most texts, which need no other look. */
const shortInteger = /^-?\d{1,15}$/;
const shortFloat = /^-?\d{1,15}(?:\.\d{1,15})?$/;
const specialFloat = /^[+-]?(?:nan|inf|infinity)$/i;

const words: ReadonlyMap<string, boolean> = new Map([
  ...["1", "on", "On", "ON", "t", "T", "true", "True", "TRUE", "y", "Y", "yes", "Yes", "YES"].map(
    (word) => [word, true] as const,
  ),
  ...["0", "off", "Off", "OFF", "f", "F", "false", "False", "FALSE", "n", "N", "no", "No", "NO"].map(
    (word) => [word, false] as const,
  ),
]);

/** Accepts ` +5 ` and `1_000`, but not `1.5`, `1e3`, `0x10` or an integer that a double cannot hold exactly. */
export function integerFromText(text: string): number | undefined {
  if (shortInteger.test(text)) return Number(text) + 0;
  const trimmed = text.trim();
  if (!integer.test(trimmed)) return undefined;
  const value = Number(trimmed.replaceAll("_", ""));
  return Number.isSafeInteger(value) ? value + 0 : undefined;
}

/** Accepts `1`, `.5`, `1.`, `1_000.5e-3`, but not `nan`, `inf` or a number that becomes infinite. */
export function floatFromText(text: string): number | undefined {
  if (shortFloat.test(text)) return Number(text);
  const trimmed = text.trim();
  if (!float.test(trimmed)) return undefined;
  const value = Number(trimmed.replaceAll("_", ""));
  return Number.isFinite(value) ? value : undefined;
}

/** True for NaN and the infinities as text, and for a number that is too large for a double. */
export function isSpecialFloat(text: string): boolean {
  const trimmed = text.trim();
  return specialFloat.test(trimmed) || (float.test(trimmed) && floatFromText(trimmed) === undefined);
}

/** True for an integer that a double cannot hold exactly. */
export function isTooLargeInteger(text: string): boolean {
  return integer.test(text.trim()) && integerFromText(text) === undefined;
}

export function booleanFromText(text: string): boolean | undefined {
  return words.get(text);
}
