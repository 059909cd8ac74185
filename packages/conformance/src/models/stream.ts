// Answers in pieces; notes at the end how many it made and whether it was told to stop.
import { type Args, BaseModel, DeepaasError, type PredictContext, Type, withDefault } from "@deepaas/core";
import { controlledBy } from "../control.ts";

const fields = {
  control: withDefault(Type.String(), ""),
  parts: withDefault(Type.Integer({ minimum: 0 }), 5),
  /** Characters in each piece. */
  padding: withDefault(Type.Integer({ minimum: 0 }), 0),
  /** Instead of this piece: */
  at: withDefault(Type.Integer(), -1),
  fault: withDefault(Type.Enum(["error", "deepaas", "nan", "wait"]), "wait"),
};

export default class Stream extends BaseModel {
  override getPredictArgs() {
    return fields;
  }
  override async *predictStream(
    { control, parts, padding, at, fault }: Args<typeof fields>,
    { signal }: PredictContext,
  ) {
    const { note, gate } = controlledBy(control);
    const pad = "x".repeat(padding);
    let made = 0;
    let ended = false;
    try {
      await note("started");
      for (let i = 0; i < parts; i++) {
        if (i === at && fault === "error") throw new Error("The stream broke.");
        if (i === at && fault === "deepaas") throw new DeepaasError("failed_precondition", "No more of it.");
        if (i === at && fault === "wait") await gate("go", signal);
        made++;
        yield i === at && fault === "nan" ? Number.NaN : { i, pad };
      }
      ended = true;
    } finally {
      await note("left", JSON.stringify({ made, ended }));
    }
  }
}
