// How many more items a client lets come.
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

  /** Undefined: there is some. Else resolves once there is; rejects with the reason of `signal`. */
  wait(signal: AbortSignal): Promise<void> | undefined {
    if (this.#left > 0) return undefined;
    return new Promise((resolve, reject) => {
      const leave = () => reject(signal.reason as Error);
      this.#more = () => {
        if (this.#left <= 0) return;
        signal.removeEventListener("abort", leave);
        resolve();
      };
      if (signal.aborted) leave();
      else signal.addEventListener("abort", leave, { once: true });
    });
  }
}
