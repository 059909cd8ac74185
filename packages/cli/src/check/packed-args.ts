// Arguments with files, as they are sent between processes.
import { isModelFile, type ModelFile, modelFile } from "@deepaas/core";

interface PackedFile {
  readonly contentType: string;
  readonly name: string;
  readonly bytes: Uint8Array;
}

type Packed = { readonly value: unknown } | { readonly file: PackedFile } | { readonly files: readonly PackedFile[] };

export type PackedArgs = Readonly<Record<string, Packed>>;

export async function packArgs(args: Readonly<Record<string, unknown>>): Promise<PackedArgs> {
  const packed = Object.entries(args).map(async ([name, value]): Promise<[string, Packed]> => {
    if (isModelFile(value)) return [name, { file: await packFile(value) }];
    if (isFileList(value)) return [name, { files: await Promise.all(value.map(packFile)) }];
    return [name, { value }];
  });
  return Object.fromEntries(await Promise.all(packed));
}

/** Each result has values of its own: what a model does to them is not seen by the next call. */
export function unpackArgs(packed: PackedArgs): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(packed).map(([name, one]) => {
      if ("file" in one) return [name, unpackFile(one.file)];
      return [name, "files" in one ? one.files.map(unpackFile) : structuredClone(one.value)];
    }),
  );
}

function isFileList(value: unknown): value is readonly ModelFile[] {
  return Array.isArray(value) && value.length > 0 && value.every(isModelFile);
}

async function packFile(file: ModelFile): Promise<PackedFile> {
  const { contentType, originalFilename: name = "" } = file;
  return { contentType, name, bytes: await file.bytes() };
}

function unpackFile({ contentType, name, bytes }: PackedFile): ModelFile {
  return modelFile(bytes, { contentType, originalFilename: name });
}
