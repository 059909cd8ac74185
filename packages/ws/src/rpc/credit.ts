// Flow control of a stream: the number of items that the client is ready to receive.
export class Credit {
  #left: number;
  #more: (() => void) | undefined;

  constructor(items: number) {
    this.#left = items;
  }

  add(items: number): void {
    this.#left += items;
    this.#more?.();
  }

  take(): void {
    this.#left--;
  }

  /** Returns undefined if credit is left, else a promise that resolves when there is. Rejects with the reason of `signal`. */
  wait(signal: AbortSignal): Promise<void> | undefined {
    if (this.#left > 0) return undefined;
    return new Promise((resolve, reject) => {
      const onAbort = () => reject(signal.reason as Error);
      this.#more = () => {
        if (this.#left <= 0) return;
        signal.removeEventListener("abort", onAbort);
        resolve();
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener("abort", onAbort, { once: true });
    });
  }
}
