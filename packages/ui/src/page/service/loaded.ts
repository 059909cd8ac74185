// What a view shows while its data is on the way, and after it failed.
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Loaded<T> {
  /** The last value that was loaded. It stays when a later load fails. */
  readonly value: T | undefined;
  readonly error: unknown;
  readonly reload: () => void;
}

export interface LoadOptions {
  /** Loads again in this interval, in milliseconds, while the page is visible. Default: once. */
  readonly everyMs?: number;
}

/** Loads when the component appears and whenever `key` changes; a value of another key is not shown. */
export function useLoaded<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { everyMs }: LoadOptions = {},
): Loaded<T> {
  const [state, setState] = useState<{ readonly key: string; readonly value?: T; readonly error?: unknown }>({ key });
  const [turn, setTurn] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  useEffect(() => {
    const controller = new AbortController();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const run = async () => {
      try {
        const value = await latest.current(controller.signal);
        if (!controller.signal.aborted) setState({ key, value });
      } catch (error) {
        if (!controller.signal.aborted)
          setState((before) => (before.key === key ? { ...before, error } : { key, error }));
      }
      if (everyMs !== undefined && !controller.signal.aborted) timer = setTimeout(again, everyMs);
    };
    const again = () => {
      if (document.visibilityState === "visible") void run();
      else document.addEventListener("visibilitychange", again, { once: true });
    };
    void run();
    return () => {
      controller.abort();
      clearTimeout(timer);
      document.removeEventListener("visibilitychange", again);
    };
  }, [key, turn, everyMs]);
  const reload = useCallback(() => setTurn((one) => one + 1), []);
  const current = state.key === key ? state : undefined;
  return { value: current?.value, error: current?.error, reload };
}
