import type { Outcome } from "../ports/executor.ts";

/** Ends the items of a stream, and then frees its slot. Never rejects. */
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
  (await entering)?.(failed);
}
