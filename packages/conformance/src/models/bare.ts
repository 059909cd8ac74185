// The smallest model: one method, no metadata, no fields.
import { BaseModel } from "@deepaas/core";

export default class Bare extends BaseModel {
  override predict() {
    return null;
  }
}
