import type { CallOptions, JsonValue, Model, ModelFile, ModelService, Run, TypedModel } from "@deepaas/core";

export interface UploadProgress {
  /** Of all files of the call, given to the network so far. Over REST with the heads of their parts, but never above `total`. */
  readonly bytes: number;
  /** Absent when the length of one of them is not known. */
  readonly total?: number;
}

export interface UploadOptions extends CallOptions {
  /** Hears of each portion of the call's files that was sent; never when it has none. */
  readonly onUploadProgress?: (sent: UploadProgress) => void;
}

export interface ConnectedService extends ModelService {
  predict(model: string, args: unknown, options?: UploadOptions): Promise<JsonValue | ModelFile>;
  train(model: string, args: unknown, options?: UploadOptions & { readonly runId?: string }): Promise<Run>;
  /** The model served as `name`, with the types of `M`: `service.model<typeof digits>("digits")`. */
  model<M extends Model>(name: string): TypedModel<M>;
}
