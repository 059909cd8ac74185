// A warm model in one line, for the tests of its author.
import type { Model, SoundModel } from "../contract/model.ts";
import type { Run, RunEvent } from "../contract/run.ts";
import { type TypedModel, typedModel } from "../contract/typed-model.ts";
import { createHost } from "./create-host.ts";
import type { Host } from "./host.ts";
import type { HostOptions } from "./options.ts";

export interface TestedModel<M> extends TypedModel<M>, AsyncDisposable {
  /** The host that serves the model under the name `model`. */
  readonly host: Host;
  /** Trains to the end. Returns the run with all its events. */
  trained(
    ...args: Parameters<TypedModel<M>["train"]>
  ): Promise<{ readonly run: Run; readonly events: readonly RunEvent[] }>;
  close(): Promise<void>;
}

/**
 * Serves `model` by a host in this process. Rejects as `createHost` does.
 *
 * @example
 * await using digits = await testModel(new Digits());
 * expect(await digits.predict({ image })).toMatchObject({ digit: 7 });
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
