// The files of the page at `/api`: those of Swagger UI that it needs, and its own. Each is read on first use.
import { readFile } from "node:fs/promises";
import { fileContent, type TaggedContent } from "../response/tagged.ts";
import { pageScript, pageStyle } from "./page.ts";

const types = {
  "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
  "swagger-ui.css": "text/css; charset=utf-8",
  "favicon-16x16.png": "image/png",
  "favicon-32x32.png": "image/png",
  "page.js": "text/javascript; charset=utf-8",
  "page.css": "text/css; charset=utf-8",
} as const;

/** The build copies the files to it (copy-swagger-ui.mjs). The path is the same from src and from dist. */
const swaggerUiFolder = new URL("../../dist/api-page/swagger-ui/", import.meta.url);
const own: Readonly<Record<string, string>> = { "page.js": pageScript, "page.css": pageStyle };
const loaded = new Map<string, Promise<TaggedContent>>();

/** Returns undefined for an unknown name. */
export function pageAsset(name: string): Promise<TaggedContent> | undefined {
  if (!Object.hasOwn(types, name)) return undefined;
  let asset = loaded.get(name);
  if (!asset) {
    asset = load(name as keyof typeof types);
    loaded.set(name, asset);
    // Try to read the file again the next time.
    asset.catch(() => loaded.delete(name));
  }
  return asset;
}

async function load(name: keyof typeof types): Promise<TaggedContent> {
  const type = types[name];
  const text = own[name];
  const bytes = text === undefined ? await readFile(new URL(name, swaggerUiFolder)) : Buffer.from(text);
  return fileContent(type, bytes);
}
