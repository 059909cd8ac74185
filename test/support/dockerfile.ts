// What a Dockerfile says about its image.
import { readFileSync } from "node:fs";

export interface ImageConfig {
  readonly env: Readonly<Record<string, string>>;
  readonly user: string;
  readonly workingFolder: string;
  readonly volumes: readonly string[];
  readonly healthCheck: readonly string[];
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** The instructions of the last stage in one line each, without comments. */
  readonly lastStage: readonly string[];
}

/** `path`: relative to the repository. */
export function readDockerfile(path: string): ImageConfig {
  const lastStage = instructions(readFileSync(new URL(`../../${path}`, import.meta.url), "utf8"));
  const all = (name: string) =>
    lastStage.filter((line) => line.startsWith(`${name} `)).map((line) => line.slice(name.length + 1));
  const only = (name: string) => {
    const [first, ...more] = all(name);
    if (first === undefined || more.length > 0) throw new Error(`${path}: not one ${name}`);
    return first;
  };
  const list = (text: string) => JSON.parse(text.slice(text.indexOf("["))) as string[];
  return {
    env: Object.fromEntries(
      all("ENV")
        .flatMap((line) => line.split(/\s+/))
        .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    ),
    user: only("USER"),
    workingFolder: only("WORKDIR"),
    volumes: all("VOLUME"),
    healthCheck: list(only("HEALTHCHECK")),
    entrypoint: list(only("ENTRYPOINT")),
    command: list(only("CMD")),
    lastStage,
  };
}

function instructions(text: string): readonly string[] {
  const lines = text
    .replaceAll(/^#.*\n/gm, "")
    .replaceAll(/\\\n\s*/g, "")
    .split("\n")
    .filter((line) => line !== "");
  return lines.slice(lines.findLastIndex((line) => line.startsWith("FROM ")));
}
