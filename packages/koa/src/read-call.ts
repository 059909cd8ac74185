// The arguments of a call together with the uploaded files that they refer to, which are removed with it.
import type { ObjectSchema } from "@deepaas/core";
import { type ReadArgs, readArgs } from "@deepaas/protocol";
import type { Context } from "koa";
import type { Door } from "./door.ts";
import { readSources } from "./read-body.ts";
import { UploadFolder } from "./upload-folder.ts";
import { notesOf } from "./write-error.ts";

export interface ReadCall extends AsyncDisposable {
  readonly args: ReadArgs;
  /** The files stay until the answer is sent, or its client has left. */
  keepUntilSent(): void;
}

export interface CallTarget {
  readonly door: Door;
  readonly model: string;
  readonly schema: ObjectSchema;
}

export async function readCall(ctx: Context, { door, model, schema }: CallTarget): Promise<ReadCall> {
  const folder = new UploadFolder();
  try {
    const args = readArgs(schema, await readSources(ctx, door.settings, folder));
    Object.assign(notesOf(ctx), { model, schema, args });
    let kept = false;
    return {
      args,
      keepUntilSent() {
        kept = true;
        if (ctx.res.closed) void folder[Symbol.asyncDispose]();
        else ctx.res.once("close", () => void folder[Symbol.asyncDispose]());
      },
      async [Symbol.asyncDispose]() {
        if (!kept) await folder[Symbol.asyncDispose]();
      },
    };
  } catch (error) {
    await folder[Symbol.asyncDispose]();
    throw error;
  }
}
