/** Returns a storage of the browser; undefined where it keeps nothing for this page. */
export function allowed(storage: () => Storage): Storage | undefined {
  try {
    return storage();
  } catch {
    return undefined;
  }
}
