// Has `predictBatch`. The argument `how` makes one call or the whole batch fail.
import { type Args, BaseModel, DeepaasError, type PredictBatchContext, Type, withDefault } from "@deepaas/core";
import { controlledBy } from "../control.ts";

const fields = {
  control: withDefault(Type.String(), ""),
  value: Type.Integer(),
  /** `fail`, `refuse` and `nan` fail this call only, `poison` the whole batch. `short` leaves out one result. */
  how: withDefault(Type.Enum(["answer", "fail", "refuse", "nan", "poison", "short"]), "answer"),
  /** The batch waits at the gate of its first call. */
  gate: withDefault(Type.String(), ""),
};

export default class Batch extends BaseModel {
  override getPredictArgs() {
    return fields;
  }
  override async predictBatch(argsList: readonly Args<typeof fields>[], { signal }: PredictBatchContext) {
    const values = argsList.map(({ value }) => value);
    for (const { control, gate } of argsList.slice(0, 1)) {
      await controlledBy(control).note("batch", values.join(","));
      if (gate === "") continue;
      try {
        await controlledBy(control).gate(gate, signal);
      } catch (error) {
        await controlledBy(control).note("aborted", DeepaasError.is(error) ? error.code : String(error));
        throw error;
      }
    }
    if (argsList.some(({ how }) => how === "poison")) throw new Error("The batch failed as a whole.");
    const results = argsList.map(({ value, how }) => {
      if (how === "fail") return new Error("This call failed.");
      if (how === "refuse") return new DeepaasError("permission_denied", "This call is not allowed.");
      return { value: how === "nan" ? Number.NaN : value, of: argsList.length };
    });
    return argsList.some(({ how }) => how === "short") ? results.slice(1) : results;
  }
}
