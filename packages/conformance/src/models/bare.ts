// As little as a model can be: no metadata, no fields, one method.
import { BaseModel } from "@deepaas/core";

export default class Bare extends BaseModel {
  override predict() {
    return null;
  }
}
