// How far a copy is: one line on a terminal, nothing elsewhere.
import { bytesText } from "../terminal/texts.ts";

export interface CopyProgress {
  copied(doneBytes: number, totalBytes: number): void;
  /** What is done now instead. */
  say(text: string): void;
  /** Removes the line. May be called twice. */
  end(): void;
}

const intervalMs = 100;

export async function copyProgress(stream: NodeJS.WriteStream): Promise<CopyProgress> {
  if (!stream.isTTY) return { copied() {}, say() {}, end() {} };
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(stream);
  let drawnAt = Number.NEGATIVE_INFINITY;
  return {
    copied(doneBytes, totalBytes) {
      const now = performance.now();
      if (now - drawnAt < intervalMs) return;
      drawnAt = now;
      const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
      update(`copying ${bytesText(doneBytes)} of ${bytesText(totalBytes)}, ${percent} %`);
    },
    say: (text) => update(text),
    end: () => update.clear(),
  };
}
