// A misspelled option must not be ignored silently: every function with options calls this first.

/** Throws a TypeError if `options` has a member that `known` does not have. The values of `known` do not matter. */
export function rejectUnknownOptions(where: string, options: object, known: object): void {
  for (const name of Object.keys(options)) {
    if (Object.hasOwn(known, name)) continue;
    throw new TypeError(
      `${where}: there is no option ${JSON.stringify(name)}. The options are ${Object.keys(known).join(", ")}.`,
    );
  }
}
