// The HTTP request that is sent again and again.
import { isModelFile, type ModelDescription, type ModelFile } from "@deepaas/core";
import { jsonPartName, ownMediaType, predictPath } from "@deepaas/protocol";
import type { ExampleValue } from "../example-args.ts";
import { authorization, type ServerAddress } from "../service/connect.ts";

export interface BenchRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

type Args = Readonly<Record<string, ExampleValue>>;

/** The URL of the server is without a slash at its end. */
export async function benchRequest(
  { url, token }: ServerAddress,
  { metadata, has, predictArgs }: ModelDescription,
  args: Args,
): Promise<BenchRequest> {
  const isElsewhere = (name: string) => !["json", undefined].includes(predictArgs.properties[name]?.location as string);
  // In a body of our own media type an argument is read at any location.
  const jsonType = Object.keys(args).some(isElsewhere) ? ownMediaType : "application/json";
  const { body, contentType } = await bodyOf(args, jsonType);
  const accept = has.predict ? `${ownMediaType}, */*;q=0.5` : "text/event-stream";
  return {
    url: url + predictPath(metadata.servedAs),
    headers: { accept, "content-type": contentType, ...authorization(token) },
    body,
  };
}

async function bodyOf(args: Args, jsonType: string): Promise<{ body: Uint8Array<ArrayBuffer>; contentType: string }> {
  const files = Object.entries(args).flatMap(([name, value]) =>
    [value].flat().flatMap((one) => (isModelFile(one) ? [[name, one] as const] : [])),
  );
  if (files.length === 0) {
    return { body: new TextEncoder().encode(JSON.stringify(args)), contentType: jsonType };
  }
  const names = new Set(files.map(([name]) => name));
  const others = Object.fromEntries(Object.entries(args).filter(([name]) => !names.has(name)));
  const form = new FormData();
  if (Object.keys(others).length > 0) form.set(jsonPartName, JSON.stringify(others));
  for (const [name, file] of files) form.append(name, await blobOf(file), file.originalFilename ?? "file");
  const encoded = new Response(form);
  const contentType = encoded.headers.get("content-type") as string;
  return { body: new Uint8Array(await encoded.arrayBuffer()), contentType };
}

async function blobOf(file: ModelFile): Promise<Blob> {
  return new Blob([await file.bytes()], { type: file.contentType });
}
