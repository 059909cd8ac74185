// Reads a file and returns its size.
import { type Args, FileField } from "@deepaas/core";

const fields = { file: FileField() };
export const getPredictArgs = () => fields;

export async function predict({ file }: Args<typeof fields>): Promise<unknown> {
  return { size: (await file.bytes()).byteLength };
}
