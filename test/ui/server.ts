// The server of the tests of the page: the digits example, and a model with every kind of field.
import { fileURLToPath } from "node:url";
import { type RunOptions, type Served, serveDeepaas } from "../support/deepaas.ts";

export const digits = fileURLToPath(new URL("../../examples/digits/digits.ts", import.meta.url));
export const wide = fileURLToPath(new URL("./wide.ts", import.meta.url));

export function serveModels(args: readonly string[] = [], options: RunOptions = {}): Promise<Served> {
  return serveDeepaas([`digits=${digits}`, `wide=${wide}`, ...args], options);
}
