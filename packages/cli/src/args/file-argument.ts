// A file on the command line: `@x.png`, `x.png`, or `-` for stdin.
import { DeepaasError, type ModelFile, modelFile } from "@deepaas/core";
import { fileFromPath } from "@deepaas/core/node";
import { lookup } from "mime-types";
import { CliError } from "../cli-error.ts";

/** `name`: of the argument. The content type is that of the file name's extension. */
export async function fileFromArgument(name: string, given: string): Promise<ModelFile> {
  const path = given.startsWith("@") ? given.slice(1) : given;
  if (path === "-") return modelFile(await bytesOfStdin(), { originalFilename: "stdin" });
  try {
    return await fileFromPath(path, { contentType: lookup(path) || "application/octet-stream" });
  } catch (error) {
    if (DeepaasError.is(error)) throw error;
    throw new CliError("invalid_args", `--${name}: there is no file ${path}`, { cause: error });
  }
}

async function bytesOfStdin(): Promise<Uint8Array<ArrayBuffer>> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return new Uint8Array(Buffer.concat(chunks));
}
