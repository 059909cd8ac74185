import type { CallOptions, JsonValue, Model, ModelFile, ModelService, Run, TypedModel } from "@deepaas/core";

export interface UploadProgress {
  /** Bytes of all files of the call passed to the network so far. Over REST with the headers of their parts, at most `total`. */
  readonly bytes: number;
  /** Absent if the size of a file is unknown. */
  readonly total?: number;
}

export interface UploadOptions extends CallOptions {
  /** Called for each sent chunk of the call's files. Never called for a call without files. */
  readonly onUploadProgress?: (sent: UploadProgress) => void;
}

export interface ConnectedService extends ModelService {
  predict(model: string, args: unknown, options?: UploadOptions): Promise<JsonValue | ModelFile>;
  train(model: string, args: unknown, options?: UploadOptions & { readonly runId?: string }): Promise<Run>;
  /** Returns the model served as `name`, with the types of `M`: `service.model<typeof digits>("digits")`. */
  model<M extends Model>(name: string): TypedModel<M>;
}
