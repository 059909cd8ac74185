import type { Outcome } from "../ports/executor.ts";

/** Ends the items of a stream, and then frees its slot, if it has got one. Never rejects. */
export async function endStream(
  parts: AsyncIterator<Outcome> | undefined,
  entering: Promise<(failed: boolean) => void> | undefined,
  failed: boolean,
): Promise<void> {
  try {
    await parts?.return?.();
  } catch {
    // The caller has its answer already.
  }
  // Without a slot, because the queue was full, the caller has the error.
  const leave = await entering?.catch(() => undefined);
  leave?.(failed);
}
