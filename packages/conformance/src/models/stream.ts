// Has `predictStream`. Writes a note at the end: how many items it made, and whether it made all of them.
import { type Args, BaseModel, DeepaasError, type PredictContext, Type, withDefault } from "@deepaas/core";
import { controlledBy } from "../control.ts";

const fields = {
  control: withDefault(Type.String(), ""),
  items: withDefault(Type.Integer({ minimum: 0 }), 5),
  /** Characters of padding in each item. */
  padding: withDefault(Type.Integer({ minimum: 0 }), 0),
  /** The index of the item at which `fault` happens. */
  at: withDefault(Type.Integer(), -1),
  fault: withDefault(Type.Enum(["error", "deepaas", "nan", "wait"]), "wait"),
};

export default class Stream extends BaseModel {
  override getPredictArgs() {
    return fields;
  }
  override async *predictStream(
    { control, items, padding, at, fault }: Args<typeof fields>,
    { signal }: PredictContext,
  ) {
    const { note, gate } = controlledBy(control);
    const pad = "x".repeat(padding);
    let made = 0;
    let hasEnded = false;
    try {
      await note("started");
      for (let i = 0; i < items; i++) {
        if (i === at && fault === "error") throw new Error("The stream broke.");
        if (i === at && fault === "deepaas") throw new DeepaasError("failed_precondition", "No more items.");
        if (i === at && fault === "wait") await gate("go", signal);
        made++;
        yield i === at && fault === "nan" ? Number.NaN : { i, pad };
      }
      hasEnded = true;
    } finally {
      await note("stopped", JSON.stringify({ made, hasEnded }));
    }
  }
}
