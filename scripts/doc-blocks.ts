/**
 * The code blocks of a Markdown page, compared with the files they are taken from. The line before a fence names the source:
 * `<!-- file: path -->` for a whole file, `<!-- file: path#name -->` for the lines between `#region name` and
 * `#endregion name`, `<!-- output -->` for a `text` block that shows what a command prints.
 */
export interface CheckedPage {
  /** The page with every block as its file has it. */
  readonly text: string;
  readonly problems: readonly { readonly line: number; readonly message: string }[];
}

type ReadSource = (path: string) => string | undefined;

const fence = /^(?<indent>\s*)(?<ticks>`{3,}|~{3,})\s*(?<language>\S*)/;
const marker = /^\s*(?:\/\/|#|<!--)\s*#(?<end>end)?region\s+(?<name>[\w-]+)/;

export function checkPage(page: string, readSource: ReadSource): CheckedPage {
  const lines = page.split("\n");
  const text: string[] = [];
  const problems: { line: number; message: string }[] = [];
  for (let at = 0; at < lines.length; at++) {
    const open = fence.exec(lines[at] ?? "")?.groups;
    text.push(lines[at] ?? "");
    if (!open) continue;
    const { indent = "", ticks = "", language = "" } = open;
    const start = at + 1;
    const end = lines.findIndex((line, index) => index >= start && line.trim() === ticks);
    if (end < 0) {
      problems.push({ line: start, message: "the block is not closed" });
      text.push(...lines.slice(start));
      break;
    }
    const shown = lines.slice(start, end);
    const wanted = wantedLines(lines[at - 1] ?? "", language, readSource);
    if ("message" in wanted) problems.push({ line: start, message: wanted.message });
    const kept = "lines" in wanted ? wanted.lines.map((line) => (line === "" ? "" : indent + line)) : shown;
    if (kept.join("\n") !== shown.join("\n"))
      problems.push({ line: start, message: "the block differs from its file" });
    text.push(...kept, lines[end] ?? "");
    at = end;
  }
  return { text: text.join("\n"), problems };
}

/** What the comment before a fence asks for: lines, nothing (`output`), or a complaint. */
function wantedLines(comment: string, language: string, readSource: ReadSource) {
  if (/^\s*<!-- output -->\s*$/.test(comment)) {
    return language === "text" ? {} : { message: "only a `text` block can be output" };
  }
  const { path, name } = /^\s*<!-- file: (?<path>[^\s#]+)(?:#(?<name>[\w-]+))? -->\s*$/.exec(comment)?.groups ?? {};
  if (path === undefined) return { message: "the line before the block does not say which file it is taken from" };
  const source = readSource(path);
  if (source === undefined) return { message: `there is no file ${path}` };
  const lines = name === undefined ? source.trimEnd().split("\n") : regionLines(source, name);
  if (lines === undefined) return { message: `${path} has no region ${name}` };
  return { lines: dedent(lines.filter((line) => !marker.test(line))) };
}

function regionLines(source: string, name: string): string[] | undefined {
  const lines = source.split("\n");
  const find = (end: string | undefined) => {
    return lines.findIndex((line) => {
      const found = marker.exec(line)?.groups;
      return found?.name === name && found?.end === end;
    });
  };
  const [start, stop] = [find(undefined), find("end")];
  return start < 0 || stop < start ? undefined : lines.slice(start + 1, stop);
}

function dedent(lines: readonly string[]): string[] {
  const depth = Math.min(...lines.filter((line) => line.trim() !== "").map((line) => line.search(/\S/)));
  return lines.map((line) => (line.trim() === "" ? "" : line.slice(depth)));
}
