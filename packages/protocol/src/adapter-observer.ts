// What both adapters do for their observers.
import type { ErrorCode, Logger } from "@deepaas/core";
import { type AdapterObserver, adapterHooks, guardObserver } from "@deepaas/core/ports";

/**
 * Returns one observer for the option `observer` of an adapter, whose hooks never throw; undefined without hooks. Throws a
 * TypeError that starts with `caller` if it is neither an observer nor a list of them.
 */
export function adapterObserver(
  caller: string,
  observer: AdapterObserver | readonly AdapterObserver[] | undefined,
  logger: Logger,
): AdapterObserver | undefined {
  const given: readonly unknown[] = observer === undefined ? [] : [observer].flat();
  if (given.some((one) => typeof one !== "object" || one === null)) {
    throw new TypeError(`${caller}: observer must be an object with hooks, or a list of them.`);
  }
  return guardObserver(observer, adapterHooks, logger);
}

const maxNames = 1_000;
/** Their arguments are checked by the schema of the model, so these errors of theirs come after the model was found. */
const modelMethods: ReadonlySet<string | undefined> = new Set(["predict", "predictStream", "train"]);
const modelErrors: ReadonlySet<ErrorCode> = new Set(["invalid_args", "invalid_response", "internal", "worker_lost"]);

/**
 * The names of models that a service has, as far as its answers have shown: an observer makes labels of them, so a client must
 * not be able to invent one.
 */
export class ServedModels {
  readonly #names = new Set<string>();

  /**
   * Returns `asked` if the service has this model, else undefined. `method` of the service was called for it and ended with
   * `error`. Remembers at most 1,000 names.
   */
  nameOf(asked: string | undefined, method: string | undefined, error: ErrorCode | undefined): string | undefined {
    if (asked === undefined || this.#names.has(asked)) return asked;
    const isServed = error === undefined || (modelErrors.has(error) && modelMethods.has(method));
    if (!isServed || this.#names.size >= maxNames) return undefined;
    this.#names.add(asked);
    return asked;
  }
}
