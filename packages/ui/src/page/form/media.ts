// Which files a field takes, from its media type, else from the words of its description as in DEEPaaS's own page.
import type { Schema } from "./schema.ts";

export interface Media {
  /** For the attribute `accept` of a file input. Empty: any file. */
  readonly accept: string;
  readonly image: boolean;
  readonly audio: boolean;
  readonly video: boolean;
}

const words = {
  image: /\b(images?|pictures?|photos?|png|jpe?g|drawings?)\b/i,
  audio: /\b(audio|sounds?|speech|recordings?|wav|mp3)\b/i,
  video: /\b(videos?|mp4|movies?)\b/i,
};

export function mediaOf({ contentMediaType, description }: Schema, name: string): Media {
  if (typeof contentMediaType === "string" && contentMediaType !== "" && contentMediaType !== "*/*") {
    const types = contentMediaType.split(",").map((type) => (type.split(";", 1)[0] as string).trim().toLowerCase());
    const has = (kind: string) => types.some((type) => type.startsWith(`${kind}/`));
    // `application/octet-stream` says nothing about the file.
    const accept = types.includes("application/octet-stream") ? "" : types.join(",");
    return { accept, image: has("image"), audio: has("audio"), video: has("video") };
  }
  const text = `${name.replaceAll(/[_-]/g, " ")} ${typeof description === "string" ? description : ""}`;
  const has = (kind: keyof typeof words) => words[kind].test(text);
  return { accept: "", image: has("image"), audio: has("audio"), video: has("video") };
}
