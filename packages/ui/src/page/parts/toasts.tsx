// Short messages at the edge of the page, with an undo where something was taken away.
import { signal } from "@preact/signals";

interface Toast {
  readonly id: number;
  readonly text: string;
  readonly undo: (() => void) | undefined;
}

const toasts = signal<readonly Toast[]>([]);
let lastId = 0;
const shownMs = 6_000;

/** `onEnd` is called when the toast goes without an undo; the page going counts, too. */
export function showToast(
  text: string,
  actions: { readonly undo?: () => void; readonly onEnd?: () => void } = {},
): void {
  const id = ++lastId;
  const { undo, onEnd } = actions;
  let ended = false;
  const end = (callback: (() => void) | undefined) => {
    if (ended) return;
    ended = true;
    clearTimeout(timer);
    removeEventListener("pagehide", leave);
    toasts.value = toasts.value.filter((one) => one.id !== id);
    callback?.();
  };
  const leave = () => end(onEnd);
  const timer = setTimeout(leave, shownMs);
  addEventListener("pagehide", leave);
  toasts.value = [...toasts.value, { id, text, undo: undo && (() => end(undo)) }];
}

export function Toasts() {
  return (
    <div class="toasts" role="status">
      {toasts.value.map(({ id, text, undo }) => (
        <div class="toast" key={id}>
          <span>{text}</span>
          {undo && (
            <button type="button" class="button small" onClick={undo}>
              Undo
            </button>
          )}
        </div>
      ))}
    </div>
  );
}
