// The messages between `deepaas bench` and the process that serves the model.
import type { ModelDescription } from "@deepaas/core";
import type { ModelSource } from "../models/model-source.ts";

export interface ServeOptions {
  readonly name: string;
  readonly source: ModelSource;
  readonly workers: number;
  readonly inline: boolean;
  /** False: each call is a batch of its own. */
  readonly batching: boolean;
}

export type FromServe =
  | { readonly type: "serving"; readonly url: string; readonly description: ModelDescription }
  | { readonly type: "failed"; readonly message: string }
  /** What the model threw first. */
  | { readonly type: "model failed"; readonly message: string };
