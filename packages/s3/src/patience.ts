// How long one request is tried again: a limit of attempts and of time, with growing random pauses.
import { sleep } from "@deepaas/core";
import type { S3Settings } from "./options.ts";
import { isPassing, storageError } from "./s3-error.ts";

const firstPauseMs = 200;
const longestPauseMs = 5_000;

export interface Patience {
  /** Waits until the next attempt may begin. Rejects with what `storageError` makes of the error if none may follow. */
  afterFailure(error: unknown): Promise<void>;
  /** Data has arrived: both limits count from here. */
  progress(): void;
}

export function patience(
  { attempts, patienceMs, logger }: Pick<S3Settings, "attempts" | "patienceMs" | "logger">,
  signal?: AbortSignal,
): Patience {
  let failures = 0;
  let since = performance.now();
  return {
    async afterFailure(error) {
      failures += 1;
      // The whole pause is random: nodes that failed together do not come back together.
      const pauseMs = Math.random() * Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
      const isOver = failures >= attempts || performance.now() - since + pauseMs > patienceMs;
      if (signal?.aborted || isOver || !isPassing(error)) throw storageError(error);
      logger.debug({ err: storageError(error), failures }, "a request to S3 failed and is tried again");
      await sleep(pauseMs, signal);
    },
    progress() {
      failures = 0;
      since = performance.now();
    },
  };
}
