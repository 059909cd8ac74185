// Splits the validated arguments of a training into a public part and a private one, and joins them for the model.
import type { JsonObject, JsonValue } from "../contract/json.ts";
import { canonicalJson } from "../contract/json.ts";
import { isModelFile } from "../contract/model-file.ts";
import type { ObjectSchema } from "../contract/model-service.ts";
import type { BlobRef, BlobStore } from "../ports/blob-store.ts";
import type { NewRun, PrivateArgs } from "../ports/run-store.ts";
import { digestOf, sha256 } from "../weights/digest.ts";

const mask = "********";

export interface SplitArgs {
  readonly kept: Pick<NewRun, "args" | "private" | "fingerprint">;
  /** Deletes the stored files, if the run was not created. */
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
      const ref = await blobs.put(value);
      files[name] = ref;
      shown[name] = describeFile(ref);
      telling[name] = await digestOf(ref, blobs);
    } else if (Array.isArray(value) && value.length > 0 && value.every(isModelFile)) {
      const refs = await Promise.all(value.map((file) => blobs.put(file)));
      files[name] = refs;
      shown[name] = refs.map(describeFile);
      telling[name] = await Promise.all(refs.map((ref) => digestOf(ref, blobs)));
    } else {
      const json = structuredClone(value as JsonValue);
      shown[name] = masked(json, schema.properties[name]);
      if (shown[name] !== json) secrets[name] = json;
      telling[name] = json;
    }
  }
  return {
    kept: {
      args: shown,
      private: { secrets, files },
      fingerprint: await sha256(new TextEncoder().encode(canonicalJson(telling))),
    },
    async discard() {
      for (const ref of Object.values(files).flat()) await blobs.delete(ref);
    },
  };
}

/** Returns the arguments for the model: secrets in plain text, files opened. */
export async function openArgs(
  shown: object,
  { secrets, files }: PrivateArgs,
  blobs: BlobStore,
): Promise<Record<string, unknown>> {
  // A copy: the model may change its arguments, but not the record.
  const args: Record<string, unknown> = structuredClone({ ...shown, ...secrets });
  for (const [name, refs] of Object.entries(files)) {
    args[name] = Array.isArray(refs)
      ? await Promise.all((refs as BlobRef[]).map((ref) => blobs.get(ref)))
      : await blobs.get(refs as BlobRef);
  }
  return args;
}

/** Returns `value` with masked secrets, or `value` itself if it has none. */
function masked(value: JsonValue, schema: JsonValue | undefined): JsonValue {
  if (typeof schema !== "object" || schema === null) return value;
  const { format, writeOnly, properties, items, additionalProperties } = schema as JsonObject;
  if (format === "password" || writeOnly === true) return mask;
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    const list = (value as JsonValue[]).map((item) => masked(item, items));
    return list.some((item, i) => item !== (value as JsonValue[])[i]) ? list : value;
  }
  const declared = (properties ?? {}) as JsonObject;
  const entries = Object.entries(value as JsonObject).map(([key, member]) => {
    const shown = masked(member, Object.hasOwn(declared, key) ? declared[key] : additionalProperties);
    return { key, shown, changed: shown !== member };
  });
  return entries.some(({ changed }) => changed)
    ? Object.fromEntries(entries.map(({ key, shown }) => [key, shown]))
    : value;
}

function describeFile({ originalFilename, contentType, size }: BlobRef): JsonObject {
  return { ...(originalFilename !== undefined && { originalFilename }), contentType, size };
}
