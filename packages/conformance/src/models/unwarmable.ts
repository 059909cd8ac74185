// Cannot be warmed: what it is served by must not start.
import { BaseModel } from "@deepaas/core";

export default class Unwarmable extends BaseModel {
  override async warm() {
    throw new Error("The weights are missing.");
  }
  override predict() {
    return null;
  }
}
