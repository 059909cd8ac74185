// A page whose scripts are the packages as they are built, found by an import map.
import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { fileURLToPath } from "node:url";
import { domAt } from "../support/chromium.ts";
import { importGraph } from "./import-graph.ts";

export const entryOf = (name: string) => new URL(`../../packages/${name}/dist/index.js`, import.meta.url).href;

/** Answers for the page at "/" and for its scripts; false: for what is neither. */
export type BuiltPage = (request: IncomingMessage, response: ServerResponse) => boolean;

export async function builtPage(packages: readonly string[], script: string): Promise<BuiltPage> {
  const root = new URL("../..", import.meta.url).href;
  const pathOf = (url: string) => `/${url.slice(root.length)}`;
  const files = new Set<string>();
  const imports: Record<string, string> = {};
  for (const name of packages) {
    imports[`@deepaas/${name}`] = pathOf(entryOf(name));
    for (const [url, resolved] of (await importGraph(entryOf(name))).modules) {
      files.add(pathOf(url));
      for (const [specifier, target] of resolved) if (!specifier.startsWith(".")) imports[specifier] = pathOf(target);
    }
  }
  const page = `<!doctype html><script type="importmap">${JSON.stringify({ imports })}</script><body><script type="module">${script}</script>`;
  return (request, response) => {
    const path = request.url ?? "/";
    if (path === "/") response.setHeader("content-type", "text/html").end(page);
    else if (!files.has(path)) return false;
    else {
      void readFile(fileURLToPath(root + path.slice(1))).then((bytes) =>
        response.setHeader("content-type", "text/javascript").end(bytes),
      );
    }
    return true;
  };
}

/** What the page at `url` writes into its body: JSON whose first member is `first`. */
export async function jsonOf(url: string, first: string): Promise<unknown> {
  const dom = await domAt(url, `{"${first}"`, { waitMs: 60_000 });
  const json = new RegExp(`\\{"${first}".*\\}`).exec(dom)?.[0];
  if (json === undefined) throw new Error(`the page says: ${dom.slice(0, 2_000)}`);
  return JSON.parse(json) as unknown;
}
