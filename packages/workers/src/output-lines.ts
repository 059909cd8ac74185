// Splits what a model prints into lines and limits their rate. A progress bar (tqdm) writes its line again and again after a
// carriage return: the newest one is passed on at most once a second, and the last one.
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

  let bar: string | undefined;
  let barSecond: ReturnType<typeof setTimeout> | undefined;
  const showBar = (text: string) => {
    if (barSecond !== undefined) {
      bar = text;
      return;
    }
    pass(text);
    barSecond = setTimeout(() => {
      barSecond = undefined;
      if (bar !== undefined) showBar(bar);
      bar = undefined;
    }, 1000).unref();
  };
  const endLine = (line: string) => {
    bar = undefined;
    pass(lastShown(line));
  };

  return {
    write(chunk) {
      const lines = (unfinished + decoder.write(chunk)).split(/\r?\n/);
      unfinished = lines.pop() as string;
      for (const line of lines) endLine(line);
      // A carriage return at the very end may be the first half of a line end.
      const at = unfinished.lastIndexOf("\r", unfinished.length - 2);
      if (at !== -1) {
        const shown = lastShown(unfinished.slice(0, at));
        unfinished = unfinished.slice(at + 1);
        if (shown !== "") showBar(shown);
      }
      if (unfinished.length > maxLineLength) {
        endLine(unfinished);
        unfinished = "";
      }
    },
    flush() {
      const last = lastShown(unfinished + decoder.end()) || (bar ?? "");
      unfinished = "";
      if (last !== "") endLine(last);
      clearTimeout(barSecond);
      barSecond = undefined;
      if (dropped > 0) endSecond();
    },
  };
}

/** Returns what a terminal shows of a line with carriage returns: the last text. */
function lastShown(line: string): string {
  return line.split("\r").findLast((text) => text !== "") ?? "";
}
