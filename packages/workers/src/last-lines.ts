// The last lines that the models printed, limited in number and in memory.

const maxLines = 1_000;
const maxCharacters = 1 << 20;

export interface LastLines {
  add(line: string): void;
  /** Each line with its line end. */
  text(): string;
}

export function lastLines(): LastLines {
  // The index of the first line in use: removing from the front of the array would move all other lines each time.
  let first = 0;
  let lines: string[] = [];
  let characters = 0;
  return {
    add(line) {
      lines.push(line);
      characters += line.length + 1;
      while (lines.length - first > maxLines || characters > maxCharacters) {
        characters -= (lines[first++] as string).length + 1;
      }
      if (first > maxLines) {
        lines = lines.slice(first);
        first = 0;
      }
    },
    text: () =>
      lines
        .slice(first)
        .map((line) => `${line}\n`)
        .join(""),
  };
}
