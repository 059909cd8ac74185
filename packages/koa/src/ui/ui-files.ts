// The files of the page at `/ui/`: those of the folder that the option `ui` names, without folders in it.
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { fileContent, loadedOnce, pageHeaders, type TaggedContent } from "../response/tagged.ts";

const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
};

export interface UiFiles {
  /** Returns undefined for an unknown name. */
  read(name: string): Promise<TaggedContent> | undefined;
}

/** Allows only content of this server, and what the page shows of a call: images, sound and video that it made itself. */
export const uiHeaders = pageHeaders([
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' data: blob:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]);

/** Throws a TypeError if the folder has no `index.html`. Each file is read on first use. */
export function uiFiles(folder: URL): UiFiles {
  const base = folder.href.endsWith("/") ? folder : new URL(`${folder.href}/`);
  const names = new Set(namesIn(base).filter((name) => extname(name) in types));
  if (!names.has("index.html")) {
    throw new TypeError("rest: ui must be the URL of a folder with index.html, such as uiFolder of @deepaas/ui.");
  }
  const read = loadedOnce(async (name) => {
    const bytes = await readFile(new URL(encodeURIComponent(name), base));
    return fileContent(types[extname(name)] as string, bytes);
  });
  return { read: (name) => (names.has(name) ? read(name) : undefined) };
}

function namesIn(folder: URL): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
