// Waiting with an end: a signal or a timer. Each removes its listener and its timer when it settles.
import { abortReason } from "./abort-reason.ts";

/** Longest timer of Node.js and browsers, in milliseconds. A longer one would end at once. */
export const maxTimerMs = 0x7fff_ffff;

/** Returns a signal that is aborted after `ms` milliseconds with a TimeoutError. */
export function timeoutSignal(ms: number): AbortSignal {
  return AbortSignal.timeout(Math.ceil(Math.min(ms, maxTimerMs)));
}

/** Returns the timer, which does not keep the process alive any more. A browser has no process. */
export function unrefTimer<T>(timer: T): T {
  (timer as { unref?(): void }).unref?.();
  return timer;
}

/** Resolves after `ms` milliseconds, or earlier when `signal` is aborted. Never rejects. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const wake = () => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", wake);
      resolve();
    };
    const timer = setTimeout(wake, ms);
    signal?.addEventListener("abort", wake);
  });
}

/** Resolves to true once `work` has resolved, or to false after `ms` milliseconds. Rejects if `work` does. */
export function settlesWithin(ms: number, work: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms, false);
    work.then(() => resolve(true), reject).finally(() => clearTimeout(timer));
  });
}

/** Settles as `work` does, but rejects with `abortReason(signal)` when `signal` is aborted first. */
export function unlessAborted<T>(signal: AbortSignal | undefined, work: Promise<T>): Promise<T> {
  if (!signal) return work;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(abortReason(signal));
    if (signal.aborted) onAbort();
    signal.addEventListener("abort", onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}
