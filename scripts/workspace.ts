/** What check-workspace.ts asks about the sources. Pure functions. */

/** Returns the folders of `packages/*\/src` with the names of their files, one line for each folder. */
export function sourceTree(files: readonly string[]): string {
  const folders = new Map<string, string[]>();
  for (const file of files) {
    const [, folder, name] = /^packages\/(.+)\/([^/]+)\.tsx?$/.exec(file) ?? [];
    if (folder === undefined || name === undefined) continue;
    if (!/^[^/]+\/src(\/|$)/.test(folder) || /\/(testing|fixtures)(\/|$)|\.test/.test(file)) continue;
    if (/\.test(-d)?$/.test(name)) continue;
    folders.set(folder, [...(folders.get(folder) ?? []), name]);
  }
  const lines = [...folders].sort(([a], [b]) => (a < b ? -1 : 1));
  return lines.flatMap(([folder, names]) => wrapped(`${folder}/`, names.sort().join(", "))).join("\n");
}

/** Breaks a list after at most 120 characters; further lines are indented. */
function wrapped(title: string, list: string): readonly string[] {
  const lines: string[] = [title];
  let line = " ";
  for (const word of list.split(" ")) {
    if (line.length + word.length > 118) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

/** Returns the names whose pattern does not occur in `text`. */
export function missingFrom(
  names: readonly string[],
  text: string,
  pattern: (name: string) => string | RegExp,
): readonly string[] {
  return names.filter((name) => {
    const wanted = pattern(name);
    return typeof wanted === "string" ? !text.includes(wanted) : !wanted.test(text);
  });
}

/** Returns the names that an entry file exports: `export { a, type B } from "./x.ts"`. */
export function publicNames(source: string): readonly string[] {
  const lists = source.matchAll(/export (?:type )?\{([^}]*)\}/g);
  return [...lists].flatMap(([, list = ""]) =>
    list
      .split(",")
      .map(
        (one) =>
          one
            .trim()
            .replace(/^type /, "")
            .split(" as ")
            .at(-1)
            ?.trim() ?? "",
      )
      .filter((name) => name !== ""),
  );
}

interface SourceText {
  readonly file: string;
  readonly text: string;
}

/**
 * Returns the exported names that no file outside of the package uses. A type counts as used if a file of the package other
 * than its own entry mentions it in an exported declaration, because it is then part of another signature.
 */
export function unusedNames(
  names: readonly string[],
  texts: readonly SourceText[],
  { folder, entries }: { readonly folder: string; readonly entries: readonly string[] },
): readonly string[] {
  return [...new Set(names)].filter((name) => {
    const word = new RegExp(`\\b${name.replaceAll("$", "\\$")}\\b`);
    const isTest = (file: string) => /\.test(-d)?\.ts$/.test(file);
    const outside = texts.some(
      ({ file, text }) =>
        (!file.startsWith(`${folder}/src/`) || isTest(file)) && !file.startsWith("scripts/") && word.test(text),
    );
    if (outside) return false;
    const inside = texts.filter(
      ({ file }) => file.startsWith(`${folder}/src/`) && !entries.includes(file) && !isTest(file),
    );
    const uses = inside.reduce((count, { text }) => count + [...text.matchAll(new RegExp(word, "g"))].length, 0);
    const isType = /^[A-Z]/.test(name);
    return !(isType && uses > 1);
  });
}
