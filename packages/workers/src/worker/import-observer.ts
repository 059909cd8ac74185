import { isAbsolute } from "node:path";
import { pathToFileURL } from "node:url";
import { errorText, isObject } from "@deepaas/core";
import type { ModelObserver } from "@deepaas/core/ports";

/** `module`: absolute path or file URL. Rejects with it if it cannot be loaded, or has no observer as its default export. */
export async function importObserver(module: string): Promise<ModelObserver> {
  const { href } = isAbsolute(module) ? pathToFileURL(module) : new URL(module);
  let exported: unknown;
  try {
    ({ default: exported } = (await import(href)) as { readonly default?: unknown });
  } catch (error) {
    throw new Error(`The observer ${module} could not be loaded: ${errorText(error)}`, { cause: error });
  }
  if (isObject(exported) && ["function", "undefined"].includes(typeof exported.call)) return exported as ModelObserver;
  throw new TypeError(`The default export of ${module} must be a ModelObserver: an object whose call is a function.`);
}
