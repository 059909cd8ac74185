/** Calls back once the event loop has come round; `setImmediate` where there is one, which no timer's resolution holds up. */
export const onNextTick: (callback: () => void) => unknown =
  globalThis.setImmediate ?? ((callback: () => void) => setTimeout(callback, 0));

export function nextTick(): Promise<void> {
  return new Promise((resolve) => onNextTick(resolve));
}
