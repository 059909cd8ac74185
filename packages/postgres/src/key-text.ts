// Texts as columns. PostgreSQL has no NUL in a text, and the driver would replace a lone surrogate.

/** Returns a text that PostgreSQL keeps. Different texts stay different; one without quotes and control characters stays the same. */
export function keyText(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}

/** Returns what was given to `keyText`. */
export function textOfKey(key: string): string {
  return JSON.parse(`"${key}"`) as string;
}
