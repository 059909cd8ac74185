// Rejects in `warm`, so that no server with it starts.
import { BaseModel } from "@deepaas/core";

export default class Unwarmable extends BaseModel {
  override async warm() {
    throw new Error("The weights are missing.");
  }
  override predict() {
    return null;
  }
}
