// Returns to each call of a batch the callers of all of them.
import { type Args, BaseModel, type PredictBatchContext, Type, withDefault } from "@deepaas/core";
import { controlledBy } from "../control.ts";

const fields = { control: withDefault(Type.String(), ""), gate: withDefault(Type.String(), "") };

export default class BatchCallers extends BaseModel {
  override getPredictArgs() {
    return fields;
  }
  override async predictBatch(argsList: readonly Args<typeof fields>[], { callers, signal }: PredictBatchContext) {
    const [{ control, gate }] = argsList as readonly [Args<typeof fields>];
    const { note, gate: pass } = controlledBy(control);
    await note("started");
    if (gate !== "") await pass(gate, signal);
    return argsList.map((_, index) => ({ index, callers: callers.map((caller) => caller ?? null) }));
  }
}
