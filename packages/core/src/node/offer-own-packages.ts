// Lets a model module outside of any project import `@deepaas/core` and `typebox`.
import * as nodeModule from "node:module";

const offered = ["@deepaas/core", "typebox"];
let registered = false;

/**
 * Registers a resolver for the whole process: an import of `@deepaas/core` or `typebox` that fails is resolved from this
 * package. A copy in the importer's own project always wins, even if that copy is broken.
 */
export function offerOwnPackages(): void {
  if (registered) return;
  registered = true;
  // Not imported by name, and optional: other runtimes lack it.
  const registerHooks = nodeModule.registerHooks as typeof nodeModule.registerHooks | undefined;
  registerHooks?.({
    resolve(specifier, context, nextResolve) {
      try {
        return nextResolve(specifier, context);
      } catch (error) {
        const name = offered.find((one) => specifier === one || specifier.startsWith(`${one}/`));
        if (name === undefined || !isPackageMissing(error, name, specifier)) throw error;
        return { url: import.meta.resolve(specifier), shortCircuit: true };
      }
    },
  });
}

/** `import` and `require` have different codes. A missing file inside a package is named by its path instead. */
function isPackageMissing(error: unknown, name: string, specifier: string): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  if (error.code !== "ERR_MODULE_NOT_FOUND" && error.code !== "MODULE_NOT_FOUND") return false;
  return error.message.includes(`'${name}'`) || error.message.includes(`'${specifier}'`);
}
