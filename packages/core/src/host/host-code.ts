// The code that the host serves, and how other code takes its place while calls and trainings go on.
import { abortReason } from "../contract/abort-reason.ts";
import { DeepaasError } from "../contract/error.ts";
import type { ModelDescription } from "../contract/model-service.ts";
import type { ModelStats } from "../contract/service-stats.ts";
import type { Executor, LoadedCode } from "../ports/executor.ts";
import { CallCounts } from "../predict/call-counts.ts";
import type { CallScope } from "../predict/call-scope.ts";
import { ServedCode, type ServedCodeOptions } from "./served-code.ts";

export class HostCode {
  /** What calls from now on are validated and run by. */
  current: ServedCode;
  readonly #executor: Executor;
  readonly #options: ServedCodeOptions;
  /** Code that was replaced, and still has predicts. */
  readonly #previous = new Set<ServedCode>();
  readonly #closing = new AbortController();
  #lastReload: Promise<void> = Promise.resolve();

  constructor(
    executor: Executor,
    descriptions: Readonly<Record<string, ModelDescription>>,
    options: Omit<ServedCodeOptions, "counts">,
  ) {
    this.#executor = executor;
    const counts = new Map(Object.keys(descriptions).map((model) => [model, new CallCounts()]));
    this.#options = { ...options, counts };
    this.current = new ServedCode(executor, descriptions, this.#options);
  }

  /** One reload at a time. Rejects if the new code cannot be served; then nothing has changed. */
  reload(given: AbortSignal | undefined): Promise<void> {
    const closing = this.#closing.signal;
    const signal = given ? AbortSignal.any([closing, given]) : closing;
    const reloaded = this.#lastReload.then(() => this.#reload(signal));
    this.#lastReload = reloaded.catch(() => {});
    return reloaded;
  }

  /** The predicts that have no answer yet. */
  get calls(): readonly CallScope[] {
    return this.#all().flatMap(({ calls }) => [...calls]);
  }

  /** The calls of each model, with those that the code before still has. `versionOf`: the weights version that is served. */
  stats(versionOf: (model: string) => number): readonly ModelStats[] {
    return [...this.current.models].map(([model, { lane, counts }]) => {
      const lanes = this.#all().map(({ models }) => models.get(model)?.lane);
      const waiting = lanes.reduce((sum, one) => sum + (one?.waiting.size ?? 0), 0);
      const queue = Number.isFinite(lane.queue) ? lane.queue : null;
      const weightsVersion = versionOf(model);
      return { model, weightsVersion, waiting, running: counts.open - waiting, queue, ...counts.stats() };
    });
  }

  /** Resolves when no predict is left. Call it only when no further one is admitted. */
  async whenIdle(): Promise<void> {
    await Promise.all(this.#all().map((code) => code.whenIdle()));
  }

  /** Ends a reload that is under way; later ones reject. */
  stopReloads(reason: DeepaasError): void {
    this.#closing.abort(reason);
  }

  /** Resolves when no reload is under way. */
  async reloadsEnded(): Promise<void> {
    await this.#lastReload;
  }

  async #reload(signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw abortReason(signal);
    if (!this.#executor.reloadCode) {
      throw new DeepaasError("not_implemented", "Only models in workers can be reloaded: a module cannot be unloaded.");
    }
    const loaded = await this.#executor.reloadCode({ signal }).catch((error: unknown) => {
      throw signal.aborted ? abortReason(signal) : error;
    });
    let next: ServedCode;
    try {
      next = this.#checked(loaded, signal);
    } catch (error) {
      await loaded.discard();
      throw error;
    }
    // One synchronous step: no call is validated by one code and run by the other.
    const previous = this.current;
    this.current = next;
    this.#previous.add(previous);
    loaded.commit(previous.whenIdle().then(() => void this.#previous.delete(previous)));
  }

  #checked({ predictor, descriptions }: LoadedCode, signal: AbortSignal): ServedCode {
    if (signal.aborted) throw abortReason(signal);
    const served = [...this.current.models.keys()].sort().join(", ");
    const given = Object.keys(descriptions).sort().join(", ");
    if (served !== given) throw new Error(`The new code has other models (${given}) than are served (${served}).`);
    return new ServedCode(predictor, descriptions, this.#options);
  }

  #all(): readonly ServedCode[] {
    return [this.current, ...this.#previous];
  }
}
