// What a model prints, line by line, and no more lines than somebody could want to read.
import { StringDecoder } from "node:string_decoder";

const maxLineLength = 16_384;

export interface LineSink {
  line(text: string): void;
  /** So many lines were not given to `line` in the second that has passed. */
  dropped(count: number): void;
}

export interface OutputLines {
  write(chunk: Buffer): void;
  /** Gives what is left without a line's end, and what was dropped. */
  flush(): void;
}

export function outputLines(sink: LineSink, maxPerSecond: number): OutputLines {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  let given = 0;
  let dropped = 0;
  let second: ReturnType<typeof setTimeout> | undefined;

  const give = (line: string) => {
    second ??= setTimeout(endSecond, 1000).unref();
    if (given++ < maxPerSecond) sink.line(line.slice(0, maxLineLength));
    else dropped++;
  };
  const endSecond = () => {
    clearTimeout(second);
    second = undefined;
    given = 0;
    if (dropped > 0) sink.dropped(dropped);
    dropped = 0;
  };

  return {
    write(chunk) {
      const lines = (rest + decoder.write(chunk)).split(/\r?\n/);
      rest = lines.pop() as string;
      if (rest.length > maxLineLength) {
        lines.push(rest);
        rest = "";
      }
      for (const line of lines) give(line);
    },
    flush() {
      const last = rest + decoder.end();
      rest = "";
      if (last !== "") give(last);
      if (dropped > 0) endSecond();
    },
  };
}
