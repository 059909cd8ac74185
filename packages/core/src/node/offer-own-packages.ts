// Lets a model module that lies outside of any project import what this package can see.
import { registerHooks } from "node:module";

const offered = ["@deepaas/core", "typebox"];
let registered = false;

/**
 * From now on, in this whole process, an import of `@deepaas/core` or `typebox` that its own project cannot resolve is
 * resolved from here. A copy of its own always wins, also when that copy is broken.
 */
export function offerOwnPackages(): void {
  if (registered) return;
  registered = true;
  registerHooks({
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

/** `import` and `require` say it with different codes; a file that is missing inside a package is named by its path. */
function isPackageMissing(error: unknown, name: string, specifier: string): boolean {
  if (!(error instanceof Error) || !("code" in error)) return false;
  if (error.code !== "ERR_MODULE_NOT_FOUND" && error.code !== "MODULE_NOT_FOUND") return false;
  return error.message.includes(`'${name}'`) || error.message.includes(`'${specifier}'`);
}
