// The files of the page at `/api`: those of Swagger UI that it needs, and its own. Each is read on first use.
import { readFile } from "node:fs/promises";
import { fileContent, loadedOnce, type TaggedContent } from "../response/tagged.ts";
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

const read = loadedOnce(async (name) => {
  const text = own[name];
  const bytes = text === undefined ? await readFile(new URL(name, swaggerUiFolder)) : Buffer.from(text);
  return fileContent(types[name as keyof typeof types], bytes);
});

/** Returns undefined for an unknown name. */
export function pageAsset(name: string): Promise<TaggedContent> | undefined {
  return Object.hasOwn(types, name) ? read(name) : undefined;
}
