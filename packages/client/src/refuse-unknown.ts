/** Throws a TypeError for an option that `known` does not have: a misspelt one would do nothing. */
export function refuseUnknown<T extends object>(
  what: string,
  options: T,
  known: Readonly<Record<keyof T, true>>,
): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    throw new TypeError(
      `${what}: there is no option ${JSON.stringify(name)}; there are ${Object.keys(known).join(", ")}.`,
    );
  }
}
