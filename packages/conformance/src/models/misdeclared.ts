// Has a field whose default does not match its own schema.
import { BaseModel } from "@deepaas/core";

export default class Misdeclared extends BaseModel {
  override getPredictArgs() {
    return { "a/b": { type: "integer", default: "seven" } } as const;
  }
  override async predict() {
    return null;
  }
}
