// The arguments of a call as a request body: JSON, or multipart with files and one JSON part.
import { type FileSource, isFileSource, isModelFile, toJsonArgs } from "@deepaas/core";
import { jsonPartName, ownMediaType } from "@deepaas/protocol";

export type RestBody =
  | { readonly content: string; readonly contentType: string }
  /** `fetch` chooses the boundary and sets the content type. `fileBytes`: of all files together. */
  | { readonly content: FormData; readonly fileBytes: number };

/** Rejects `invalid_args` for arguments that have no JSON form. */
export async function bodyFrom(args: unknown): Promise<RestBody> {
  const files: [string, FileSource][] = [];
  const rest: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(toJsonArgs(args))) {
    if (isFileSource(value)) files.push([name, value as FileSource]);
    else if (Array.isArray(value) && value.length > 0 && isFileSource(value[0])) {
      files.push(...(value as FileSource[]).map((file): [string, FileSource] => [name, file]));
    } else rest[name] = value;
  }
  if (files.length === 0) return { content: JSON.stringify(rest), contentType: ownMediaType };
  const form = new FormData();
  form.append(jsonPartName, JSON.stringify(rest));
  let fileBytes = 0;
  for (const [name, file] of files) {
    const blob = await blobFrom(file);
    fileBytes += blob.size;
    const filename = isModelFile(file) ? file.originalFilename : (file as { readonly name?: string }).name;
    form.append(name, blob, filename ?? name);
  }
  return { content: form, fileBytes };
}

async function blobFrom(file: FileSource): Promise<Blob> {
  if (file instanceof Blob) return file;
  if (isModelFile(file)) return new Blob([await file.bytes()], { type: file.contentType });
  return new Blob([file as Uint8Array<ArrayBuffer>]);
}
