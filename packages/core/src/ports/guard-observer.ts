// Makes the hooks of observers unable to throw, and several observers one.
import type { Logger } from "../contract/logger.ts";
import type { ModelObserver, Observed } from "./observer.ts";

export const observerFailed = "an observer failed";

type Hook = (about: object) => Observed<unknown> | undefined;
type Hooks = Readonly<Record<string, unknown>>;

/**
 * Merges observers into one whose hooks never throw: an error of a hook is logged. The hooks of several observers are called in
 * their order, each with the `traceparent` that the one before it returned. Returns undefined if no observer has a hook.
 */
export function guardObserver<O extends object>(
  given: O | readonly O[] | undefined,
  names: readonly (keyof O & string)[],
  logger: Logger,
): O | undefined {
  const observers = given === undefined ? [] : ([given].flat() as Hooks[]);
  const hooks = names.flatMap((name) => {
    const guarded = observers
      .filter((one) => typeof one[name] === "function")
      .map((one) => guard(name, (one[name] as Hook).bind(one), logger));
    const [first, ...others] = guarded;
    return first === undefined ? [] : [[name, others.length === 0 ? first : chain(guarded)] as const];
  });
  return hooks.length === 0 ? undefined : (Object.fromEntries(hooks) as O);
}

/** Returns the hook of `observer`. What it throws before it has called `work` is logged, and `work` is called. */
export function guardModelObserver(observer: ModelObserver | undefined, logger: Logger): ModelObserver["call"] {
  const hook = observer?.call?.bind(observer);
  if (!hook) return undefined;
  return (about, work) => {
    let isCalled = false;
    try {
      return hook(about, () => {
        isCalled = true;
        return work();
      });
    } catch (error) {
      if (isCalled) throw error;
      logger.error({ err: error, hook: "call" }, observerFailed);
      return work();
    }
  };
}

function guard(name: string, hook: Hook, logger: Logger): Hook {
  const failed = (err: unknown) => logger.error({ err, hook: name }, observerFailed);
  return (about) => {
    try {
      const observed = hook(about);
      if (observed?.end === undefined) return observed;
      const end = (result: unknown) => {
        try {
          observed.end?.(result);
        } catch (error) {
          failed(error);
        }
      };
      return { traceparent: observed.traceparent, end };
    } catch (error) {
      failed(error);
      return undefined;
    }
  };
}

function chain(hooks: readonly Hook[]): Hook {
  return (about) => {
    let told = about;
    let traceparent: string | undefined;
    const ends: Observed<unknown>[] = [];
    for (const hook of hooks) {
      const observed = hook(told);
      if (observed === undefined) continue;
      ends.push(observed);
      if (observed.traceparent === undefined) continue;
      ({ traceparent } = observed);
      told = { ...about, traceparent };
    }
    if (ends.length === 0) return undefined;
    const end = (result: unknown) => {
      for (const one of ends.toReversed()) one.end?.(result);
    };
    return { traceparent, end };
  };
}
