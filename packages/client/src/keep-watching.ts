// A watch that survives lost connections, restarts and proxies: it goes on after the last event that it returned.
import { type CallOptions, DeepaasError, isTerminal, type ModelService, type RunEvent } from "@deepaas/core";

export interface KeepWatchingOptions extends CallOptions {
  /** The `seq` of the last event that the watcher has. Default: the log from its first event on. */
  readonly after?: number;
  /** First delay after a lost connection, in milliseconds; doubled for each further loss without an event. Default 200. */
  readonly minDelayMs?: number;
  /** Largest delay, in milliseconds. Default 10,000. */
  readonly maxDelayMs?: number;
}

const defaultKeepWatching = { minDelayMs: 200, maxDelayMs: 10_000 } as const;

/**
 * Returns every event once, in order, to the terminal one. Retries after `unavailable` and `overloaded` without a limit. Any
 * other error ends it, and so does the caller's signal.
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
      // Jitter spreads the reconnects of many watchers after a restart.
      await delay(Math.max(error.retryAfterMs ?? 0, capped * (0.5 + Math.random() / 2)), call.signal);
    }
  }
}

/** Ends early when `signal` is aborted: the next watch then rejects with its reason. */
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
