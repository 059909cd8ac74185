import { DeepaasError } from "@deepaas/core";

/**
 * Waits until one of the calls rejects `overloaded`, and returns the others. If `calls` is one more than the queue can hold,
 * these are then queued, through any adapter.
 */
export async function queuedCalls<T extends { readonly answer: Promise<unknown> }>(
  calls: readonly T[],
): Promise<readonly T[]> {
  const refused = await Promise.race(
    calls.map(async (call) => {
      try {
        await call.answer;
      } catch (error) {
        if (DeepaasError.is(error) && error.code === "overloaded") return call;
      }
      return new Promise<never>(() => {});
    }),
  );
  return calls.filter((call) => call !== refused);
}
