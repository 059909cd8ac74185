// A watch that survives drops, restarts and proxies: it reads on from the last event that it has given.
import { type CallOptions, DeepaasError, isTerminal, type ModelService, type RunEvent } from "@deepaas/core";

export interface KeepWatchingOptions extends CallOptions {
  /** The `seq` of the last event that is known already. Default: from the first event still held. */
  readonly after?: number;
  /** First delay after a drop, doubled with each that follows without an event between, in milliseconds. Default 200. */
  readonly minDelayMs?: number;
  /** Default 10,000. */
  readonly maxDelayMs?: number;
}

const defaultKeepWatching = { minDelayMs: 200, maxDelayMs: 10_000 } as const;

/**
 * Every event once, in order, to the terminal one. Goes on after `unavailable` and `overloaded`, for as long as it takes;
 * any other error, and the caller's own signal, ends it.
 */
export async function* keepWatching(
  service: Pick<ModelService, "watch">,
  runId: string,
  options: KeepWatchingOptions = {},
): AsyncGenerator<RunEvent, void, undefined> {
  const { after, minDelayMs, maxDelayMs, ...call } = { ...defaultKeepWatching, ...options };
  let cursor = after;
  for (let drops = 0; ; drops++) {
    try {
      for await (const event of service.watch(runId, { ...call, ...(cursor !== undefined && { after: cursor }) })) {
        cursor = event.seq;
        drops = 0;
        yield event;
        if (isTerminal(event.type)) return;
      }
      return;
    } catch (error) {
      if (!DeepaasError.is(error) || (error.code !== "unavailable" && error.code !== "overloaded")) throw error;
      const capped = Math.min(maxDelayMs, minDelayMs * 2 ** drops);
      // Jitter keeps a thousand watchers of a restarted server from coming back at once.
      await delay(Math.max(error.retryAfterMs ?? 0, capped * (0.5 + Math.random() / 2)), call.signal);
    }
  }
}

/** Ends early when `signal` is aborted: the next watch rejects with its reason. */
function delay(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    if (signal?.aborted) done();
    else signal?.addEventListener("abort", done);
  });
}
