// Which files a field takes, from its media type, else from the words of its description as in DEEPaaS's own page.
import type { Schema } from "./schema.ts";

export interface Media {
  /** For the attribute `accept` of a file input. Empty: any file. */
  readonly accept: string;
  readonly image: boolean;
  readonly audio: boolean;
}

const words = {
  image: /^image\/|,image\/|\b(images?|pictures?|photos?|png|jpe?g|drawings?)\b/i,
  audio: /^audio\/|,audio\/|\b(audio|sounds?|speech|recordings?|wav|mp3)\b/i,
};

export function mediaOf({ contentMediaType, description }: Schema, name: string): Media {
  // `application/octet-stream` says nothing about the file.
  const accept = String(contentMediaType ?? "")
    .toLowerCase()
    .replaceAll(/\s|;[^,]*/g, "");
  const isAny = /^$|\*\/\*|octet-stream/.test(accept);
  const text = isAny
    ? `${name.replaceAll(/[_-]/g, " ")} ${typeof description === "string" ? description : ""}`
    : accept;
  return { accept: isAny ? "" : accept, image: words.image.test(text), audio: words.audio.test(text) };
}
