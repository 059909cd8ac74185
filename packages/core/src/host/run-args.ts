// The validated arguments of a training, split into what everyone may see and what is kept beside it.
import type { JsonObject, JsonValue } from "../json.ts";
import { canonicalJson } from "../json.ts";
import { isModelFile, type ModelFile } from "../model-file.ts";
import type { ObjectSchema } from "../model-service.ts";
import type { BlobRef, BlobStore, PrivateArgs } from "./ports.ts";

const mask = "********";

export interface SplitArgs {
  readonly args: JsonObject;
  readonly private: PrivateArgs;
  readonly fingerprint: string;
  /** Deletes the files again: the run was not created. */
  discard(): Promise<void>;
}

export async function splitArgs(
  valid: Readonly<Record<string, unknown>>,
  schema: ObjectSchema,
  blobs: BlobStore,
): Promise<SplitArgs> {
  const shown: Record<string, JsonValue> = {};
  const secrets: Record<string, JsonValue> = {};
  const files: Record<string, BlobRef | BlobRef[]> = {};
  const telling: Record<string, JsonValue> = {};
  for (const [name, value] of Object.entries(valid)) {
    if (isModelFile(value)) {
      files[name] = await blobs.put(value);
      shown[name] = describeFile(value);
      telling[name] = await digestOf(value);
    } else if (Array.isArray(value) && value.length > 0 && value.every(isModelFile)) {
      files[name] = await Promise.all(value.map((file) => blobs.put(file)));
      shown[name] = value.map(describeFile);
      telling[name] = await Promise.all(value.map(digestOf));
    } else {
      const json = structuredClone(value as JsonValue);
      const secret = isSecret(schema.properties[name] ?? {});
      if (secret) secrets[name] = json;
      shown[name] = secret ? mask : json;
      telling[name] = json;
    }
  }
  return {
    args: shown,
    private: { secrets, files },
    fingerprint: await sha256(new TextEncoder().encode(canonicalJson(telling))),
    async discard() {
      for (const ref of Object.values(files).flat()) await blobs.delete(ref);
    },
  };
}

function isSecret(schema: JsonObject): boolean {
  return schema.format === "password" || schema.writeOnly === true;
}

function describeFile({ originalFilename, contentType, size }: ModelFile): JsonObject {
  return {
    ...(originalFilename !== undefined && { originalFilename }),
    contentType,
    ...(size !== undefined && { size }),
  };
}

async function digestOf(file: ModelFile): Promise<string> {
  return sha256(await file.bytes());
}

async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
