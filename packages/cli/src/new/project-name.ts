// From the name of a folder to the name of the project in it.
import { placeholder } from "./templates.ts";

const reserved = ["node_modules", "favicon.ico"];

/**
 * Returns a name that npm accepts for a package and the server for a model: at most 64 of a-z 0-9 . _ -, with a letter or a
 * digit at both ends. `taken`: names of dependencies, which the project itself cannot have.
 */
export function projectName(folder: string, taken: readonly string[]): string {
  const name = folder
    .normalize("NFKD")
    .replace(/\p{Mark}+/gu, "")
    .toLowerCase()
    .replace(/[^a-z0-9._-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, 64)
    .replace(/[^a-z0-9]+$/, "");
  if (name === "") return placeholder;
  return reserved.includes(name) || taken.includes(name) ? `${name}-model` : name;
}
