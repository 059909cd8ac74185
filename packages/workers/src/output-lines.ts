// Splits what a model prints into lines and limits their rate.
import { StringDecoder } from "node:string_decoder";

const maxLineLength = 16_384;

export interface LineSink {
  line(text: string): void;
  /** So many lines of the last second were dropped. */
  dropped(count: number): void;
}

export interface OutputLines {
  write(chunk: Buffer): void;
  /** Passes on an unfinished line, and the number of dropped lines. */
  flush(): void;
}

export function outputLines(sink: LineSink, maxPerSecond: number): OutputLines {
  const decoder = new StringDecoder("utf8");
  let unfinished = "";
  let passed = 0;
  let dropped = 0;
  let second: ReturnType<typeof setTimeout> | undefined;

  const pass = (line: string) => {
    second ??= setTimeout(endSecond, 1000).unref();
    if (passed++ < maxPerSecond) sink.line(line.slice(0, maxLineLength));
    else dropped++;
  };
  const endSecond = () => {
    clearTimeout(second);
    second = undefined;
    passed = 0;
    if (dropped > 0) sink.dropped(dropped);
    dropped = 0;
  };

  return {
    write(chunk) {
      const lines = (unfinished + decoder.write(chunk)).split(/\r?\n/);
      unfinished = lines.pop() as string;
      if (unfinished.length > maxLineLength) {
        lines.push(unfinished);
        unfinished = "";
      }
      for (const line of lines) pass(line);
    },
    flush() {
      const last = unfinished + decoder.end();
      unfinished = "";
      if (last !== "") pass(last);
      if (dropped > 0) endSecond();
    },
  };
}
