// The arguments of a call, read from a request, and the folder of its uploaded files.
import type { ObjectSchema } from "@deepaas/core";
import { PrivateFolder } from "@deepaas/core/node";
import { type ReadArgs, readArgs } from "@deepaas/protocol";
import type { RestSettings } from "../options.ts";
import { readSources } from "./body.ts";
import type { HttpRequest } from "./http-request.ts";

export interface RequestArgs {
  readonly args: ReadArgs;
  /** Keeps the uploaded files until the response is sent or the client disconnects. */
  releaseAfterResponse(): void;
  /** Removes the uploaded files, unless `releaseAfterResponse` was called. Never rejects. */
  release(): Promise<void> | undefined;
}

/** The caller must call `release` at the end of the call, in any case. */
export async function readRequestArgs(
  request: HttpRequest,
  target: { readonly model?: string; readonly schema: ObjectSchema; readonly settings: RestSettings },
): Promise<RequestArgs> {
  const { model, schema, settings } = target;
  const folder = new PrivateFolder("upload-");
  try {
    const args = readArgs(schema, await readSources(request, settings, folder));
    if (model !== undefined) request.errorContext.model = model;
    request.errorContext.schema = schema;
    request.errorContext.args = args;
    return withFolder(args, folder, request);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}

function withFolder(args: ReadArgs, folder: PrivateFolder, { res }: HttpRequest): RequestArgs {
  let kept = false;
  return {
    args,
    releaseAfterResponse() {
      kept = true;
      if (res.closed) void folder.remove();
      else res.once("close", () => void folder.remove());
    },
    release: () => (kept ? undefined : folder.remove()),
  };
}
