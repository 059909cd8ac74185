/** Calls back in the next turn of the event loop. `setImmediate`, where it exists, has no minimum delay. */
export const onNextTick: (callback: () => void) => unknown =
  globalThis.setImmediate ?? ((callback: () => void) => setTimeout(callback, 0));

export function nextTick(): Promise<void> {
  return new Promise((resolve) => onNextTick(resolve));
}
