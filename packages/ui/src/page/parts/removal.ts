// Something that is deleted disappears at once, and really goes only when its undo is over.
import { signal } from "@preact/signals";
import { sentenceOf } from "../service/connection.ts";
import { showToast } from "./toasts.tsx";

const hidden = signal<ReadonlySet<string>>(new Set());

/** True for the key of something whose deletion was requested. */
export function isHidden(key: string): boolean {
  return hidden.value.has(key);
}

interface Removal {
  /** Names it among everything that can be deleted. */
  readonly key: string;
  /** Such as "Run 17 is deleted." */
  readonly text: string;
  readonly remove: () => Promise<void>;
}

/** Hides it, offers an undo, and then removes it. It comes back if that fails. */
export function removeLater({ key, text, remove }: Removal): void {
  const show = () => {
    hidden.value = new Set([...hidden.value].filter((one) => one !== key));
  };
  hidden.value = new Set([...hidden.value, key]);
  showToast(text, {
    undo: show,
    onEnd: () => {
      remove().catch((error: unknown) => {
        show();
        showToast(`It could not be deleted. ${sentenceOf(error)}`);
      });
    },
  });
}
