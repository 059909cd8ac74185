import type { Model, ModelService, TypedModel } from "@deepaas/core";

export interface ConnectedService extends ModelService {
  /** The model served as `name`, with the types of `M`: `service.model<typeof digits>("digits")`. */
  model<M extends Model>(name: string): TypedModel<M>;
}
