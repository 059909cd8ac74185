// The arguments of a call together with the uploaded files that they refer to, which are removed with it.
import type { ObjectSchema } from "@deepaas/core";
import { type ReadArgs, readArgs } from "@deepaas/protocol";
import type { Context } from "koa";
import type { Door } from "./door.ts";
import { readSources } from "./read-body.ts";
import { UploadFolder } from "./upload-folder.ts";
import { notesOf } from "./write-error.ts";

export class ReadCall {
  readonly args: ReadArgs;
  readonly #folder: UploadFolder;
  #kept = false;

  constructor(args: ReadArgs, folder: UploadFolder) {
    this.args = args;
    this.#folder = folder;
  }

  /** The files stay until the answer is sent, or its client has left. */
  keepUntilSent({ res }: Context): void {
    this.#kept = true;
    if (res.closed) void this.#folder.remove();
    else res.once("close", () => void this.#folder.remove());
  }

  /** To be awaited at the end of the call, whatever happens. Never rejects. */
  release(): Promise<void> | undefined {
    return this.#kept ? undefined : this.#folder.remove();
  }
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
    const notes = notesOf(ctx);
    notes.model = model;
    notes.schema = schema;
    notes.args = args;
    return new ReadCall(args, folder);
  } catch (error) {
    await folder.remove();
    throw error;
  }
}
