// The names that callers and authors choose. They are used in URLs and file names, so `.` and `..` are not allowed.

/** Regular expressions for JSON Schemas and documents. They have no lookahead, which RE2 and Go do not support. */
export const namePatterns = {
  run: "^[A-Za-z0-9_-]{1,64}$",
  model: "^[A-Za-z0-9._-]{1,64}$",
  artifact: "^[A-Za-z0-9._-]{1,128}$",
} as const;

/** For error messages: `${kind}: Must be ${nameRules[kind]}`. */
export const nameRules = {
  run: "1-64 of A-Z a-z 0-9 _ -",
  model: "1-64 of A-Z a-z 0-9 . _ -",
  artifact: "1-128 of A-Z a-z 0-9 . _ -",
} as const;

const patterns = {
  run: new RegExp(namePatterns.run),
  model: new RegExp(namePatterns.model),
  artifact: new RegExp(namePatterns.artifact),
};

/** True if `text` may be the id of a run, or the name of a model or an artifact. */
export function isName(kind: keyof typeof namePatterns, text: string): boolean {
  return patterns[kind].test(text) && !/^\.+$/.test(text);
}
