// For an author's own tests: a model, warmed, in one line.

import type { Model, SoundModel } from "../contract/model.ts";
import type { Run, RunEvent } from "../contract/run.ts";
import { type TypedModel, typedModel } from "../contract/typed-model.ts";
import { createHost, type Host } from "./create-host.ts";
import type { HostOptions } from "./options.ts";

export interface TestedModel<M> extends TypedModel<M>, AsyncDisposable {
  /** Where it is served, as `model`. */
  readonly host: Host;
  /** Trains to the end and gives the run with all its events. */
  trained(
    ...args: Parameters<TypedModel<M>["train"]>
  ): Promise<{ readonly run: Run; readonly events: readonly RunEvent[] }>;
  close(): Promise<void>;
}

/**
 * A warmed in-process host around `model`. Rejects as `createHost` does.
 *
 * `await using digits = await testModel(new Digits());`
 */
export async function testModel<const M extends Model>(
  model: M & SoundModel<M>,
  options: Omit<HostOptions, "models" | "executor"> = {},
): Promise<TestedModel<M>> {
  const host: Host = await createHost({ ...options, models: { model: model as Model } });
  const typed = typedModel<M>(host, "model");
  const close = () => host.close({ drainMs: 0 });
  return {
    ...typed,
    host,
    async trained(...args) {
      const { id } = await typed.train(...args);
      const events = await Array.fromAsync(host.watch(id));
      return { run: await host.run(id), events };
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}
