import { type ErrorCode, errorDataFrom } from "../contract/error.ts";
import type { Observed } from "./observer.ts";

/** Settles as `work` does, and tells its end before. */
export async function observedWork<T>(
  observed: Observed<{ readonly error?: ErrorCode }> | undefined,
  work: () => Promise<T>,
): Promise<T> {
  try {
    const result = await work();
    observed?.end?.({});
    return result;
  } catch (error) {
    observed?.end?.({ error: errorDataFrom(error).code });
    throw error;
  }
}
