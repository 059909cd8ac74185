// The last lines that the models printed: as many as somebody could want to read, and no more memory than that takes.

const maxLines = 1_000;
const maxCharacters = 1 << 20;

export interface LastLines {
  add(line: string): void;
  /** Each with its line end. */
  text(): string;
}

export function lastLines(): LastLines {
  // A queue with its head's index: a chatty model is not to move a thousand lines for each that it prints.
  let lines: string[] = [];
  let head = 0;
  let characters = 0;
  return {
    add(line) {
      lines.push(line);
      characters += line.length + 1;
      while (lines.length - head > maxLines || characters > maxCharacters) {
        characters -= (lines[head++] as string).length + 1;
      }
      if (head > maxLines) {
        lines = lines.slice(head);
        head = 0;
      }
    },
    text: () =>
      lines
        .slice(head)
        .map((line) => `${line}\n`)
        .join(""),
  };
}
