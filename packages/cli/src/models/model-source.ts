// Where a model comes from: a module for Node.js, or one for a Python.
import type { PythonModule } from "@deepaas/workers";

/** A text is the path of a module for Node.js. */
export type ModelSource = string | PythonModule;

/** Returns the module as it is shown to people. */
export function moduleOf(source: ModelSource): string {
  return typeof source === "string" ? source : source.module;
}
