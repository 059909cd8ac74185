// The arguments of a call as a body: JSON, or multipart with the files beside one JSON part, so that nothing becomes text.
import { DeepaasError, type FileSource, invalidArgs, isFileSource, isModelFile, pointerStep } from "@deepaas/core";
import { jsonPartName, ownMediaType } from "@deepaas/protocol";

export type RestBody =
  | { readonly content: string; readonly contentType: string }
  /** Its boundary, and with it its type, is the request's to choose. `fileBytes`: of all its files together. */
  | { readonly content: FormData; readonly fileBytes: number };

/** Rejects `invalid_args` for what JSON cannot say. */
export async function bodyFrom(args: unknown): Promise<RestBody> {
  const files: [string, FileSource][] = [];
  const rest: Record<string, unknown> = {};
  if (typeof args !== "object" || args === null || Array.isArray(args))
    throw invalidArgs("", "type", "Must be object.");
  for (const [name, value] of Object.entries(args)) {
    if (isFileSource(value)) files.push([name, value as FileSource]);
    else if (Array.isArray(value) && value.length > 0 && value.every(isFileSource)) {
      files.push(...value.map((file): [string, FileSource] => [name, file as FileSource]));
    } else if (value !== undefined) rest[name] = value;
  }
  if (files.length === 0) return jsonBody(rest);
  const form = new FormData();
  form.append(jsonPartName, textFrom(rest));
  let fileBytes = 0;
  for (const [name, file] of files) {
    const blob = await blobFrom(file);
    fileBytes += blob.size;
    const filename = isModelFile(file) ? file.originalFilename : (file as { readonly name?: string }).name;
    form.append(name, blob, filename ?? name);
  }
  return { content: form, fileBytes };
}

function jsonBody(args: unknown): RestBody {
  return { content: textFrom(args ?? null), contentType: ownMediaType };
}

function textFrom(value: unknown): string {
  try {
    return JSON.stringify(value, (key, member: unknown) => {
      const unsayable =
        typeof member === "function" ||
        typeof member === "symbol" ||
        (typeof member === "number" && !Number.isFinite(member));
      if (unsayable)
        throw new TypeError(`${pointerStep(key)}: JSON has no ${typeof member === "number" ? member : typeof member}.`);
      return member;
    });
  } catch (error) {
    const message = error instanceof Error ? error.message : "The arguments are no JSON.";
    throw new DeepaasError("invalid_args", message, { issues: [{ pointer: "", rule: "json", message }], cause: error });
  }
}

async function blobFrom(file: FileSource): Promise<Blob> {
  if (file instanceof Blob) return file;
  if (isModelFile(file)) return new Blob([await file.bytes()], { type: file.contentType });
  return new Blob([file as Uint8Array<ArrayBuffer>]);
}
