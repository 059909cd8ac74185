// A misspelt option would do nothing: whatever takes options asks here first.

/** Throws a TypeError for a member of `options` that `known` does not have; the values of `known` are not looked at. */
export function rejectUnknownOptions(where: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    throw new TypeError(
      `${where}: there is no option ${JSON.stringify(name)}; there are ${Object.keys(known).join(", ")}.`,
    );
  }
}
