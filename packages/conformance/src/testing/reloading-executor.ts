// An executor that can be told to load its code anew: the new code is the same.
import type { Executor } from "@deepaas/core/ports";

interface ReloadingOptions {
  readonly onCommit?: () => void;
  /** Of the new code. */
  readonly predict?: Executor["predict"];
  readonly holdsAfterDiscard?: boolean;
}

export function reloading(executor: Executor, options: ReloadingOptions = {}): Executor {
  const { onCommit = () => {}, holdsAfterDiscard = false } = options;
  let held: Promise<void> | undefined;
  let served: Awaited<ReturnType<Executor["warm"]>> = {};
  return {
    ...executor,
    async warm(warming) {
      served = await executor.warm(warming);
      return served;
    },
    async refresh(...change) {
      await held;
      await executor.refresh(...change);
    },
    async reloadCode({ signal }) {
      await Promise.resolve();
      signal.throwIfAborted();
      const { promise, resolve } = Promise.withResolvers<void>();
      held = promise;
      return {
        descriptions: served,
        predictor: options.predict ? { ...executor, predict: options.predict } : executor,
        commit() {
          resolve();
          onCommit();
        },
        async discard() {
          if (!holdsAfterDiscard) resolve();
        },
      };
    },
  };
}
