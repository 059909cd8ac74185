// How far a copy is: one line on a terminal, nothing elsewhere.
import { bytesText } from "../terminal/texts.ts";

export interface CopyProgress {
  copied(doneBytes: number, totalBytes: number): void;
  /** How far it is. Called only when the line is drawn. */
  show(text: () => string): void;
  /** What is done now instead. */
  say(text: string): void;
  /** Removes the line. May be called twice. */
  end(): void;
}

const intervalMs = 100;

export async function copyProgress(stream: NodeJS.WriteStream): Promise<CopyProgress> {
  if (!stream.isTTY) return { copied() {}, show() {}, say() {}, end() {} };
  const { createLogUpdate } = await import("log-update");
  const update = createLogUpdate(stream);
  let drawnAt = Number.NEGATIVE_INFINITY;
  const show = (text: () => string) => {
    const now = performance.now();
    if (now - drawnAt < intervalMs) return;
    drawnAt = now;
    update(text());
  };
  return {
    copied: (doneBytes, totalBytes) =>
      show(() => {
        const percent = totalBytes === 0 ? 100 : Math.floor((doneBytes / totalBytes) * 100);
        return `copying ${bytesText(doneBytes)} of ${bytesText(totalBytes)}, ${percent} %`;
      }),
    show,
    say: (text) => update(text),
    end: () => update.clear(),
  };
}
