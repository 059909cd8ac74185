// Returns when its gate opens or its signal is aborted, and writes notes about both.
import { type Args, BaseModel, DeepaasError, type PredictContext, Type, withDefault } from "@deepaas/core";
import { controlledBy } from "../control.ts";

const fields = {
  control: Type.String(),
  gate: withDefault(Type.String(), "go"),
  label: withDefault(Type.String(), ""),
  ignoresSignal: withDefault(Type.Boolean(), false),
};

export default class Slow extends BaseModel {
  #running = 0;
  #atOnce = 0;
  #control = "";

  override getPredictArgs() {
    return fields;
  }
  override async predict(
    { control, gate, label, ignoresSignal }: Args<typeof fields>,
    { signal, requestId }: PredictContext,
  ) {
    const { note, gate: pass } = controlledBy(control);
    this.#control = control;
    this.#atOnce = Math.max(this.#atOnce, ++this.#running);
    try {
      await note("request", requestId);
      await note("started", label);
      await pass(gate, ignoresSignal ? undefined : signal);
      return { label, atOnce: this.#atOnce };
    } catch (error) {
      await note("aborted", DeepaasError.is(error) ? error.code : String(error));
      throw error;
    } finally {
      this.#running--;
    }
  }
  override close() {
    return controlledBy(this.#control).note("closed");
  }
}
