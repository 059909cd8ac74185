// A model on disk whose code the test replaces, served by workers.
import { existsSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createHost, type Host, silentLogger } from "@deepaas/core";
import type { WorkersOptions } from "../options.ts";
import { workers } from "../workers.ts";
import type { Workers } from "../workers-executor.ts";

/**
 * The module of a model that states the number of its code. The validator of the same code fills in the argument `code`.
 * A predict waits while the file `hold` exists, and a training until the file `go` does. `warm` of code 1 writes the file
 * `warm-1`, and waits while the file `slow-1` exists.
 */
export function codeText(number: number, more = ""): string {
  return `
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
const here = (name) => join(import.meta.dirname, name);
const text = { type: "string", required: false };
const fields = { code: { type: "integer", default: ${number} }, hold: text, go: text, mark: text };
export const getPredictArgs = () => fields;
export const getTrainArgs = () => fields;
export const schema = { type: "array", prefixItems: [{ const: ${number} }, { const: ${number} }] };
let weights = "shipped";
export async function warm({ published }) {
  writeFileSync(here("warm-${number}"), "");
  while (existsSync(here("slow-${number}"))) await sleep(2);
  weights = published === undefined ? "shipped" : await published.text();
}
export async function predict({ code, hold }) {
  while (hold !== undefined && existsSync(hold)) await sleep(2);
  return [${number}, code, weights];
}
export async function* predictStream({ code, hold }) {
  yield [${number}, code];
  while (hold !== undefined && existsSync(hold)) await sleep(2);
  yield [${number}, code];
}
export async function train({ code, go, mark }, run) {
  if (mark !== undefined) writeFileSync(mark, "");
  while (go !== undefined && !existsSync(go)) await sleep(2);
  return [${number}, code];
}
${more}`;
}

export interface CodeOnDisk extends AsyncDisposable {
  readonly host: Host;
  readonly executor: Workers;
  /** Writes a file below the folder, and returns its path. Default: the module of the model. */
  write(text: string, name?: string): string;
  pathOf(name: string): string;
  exists(name: string): boolean;
  remove(name: string): void;
}

/** Serves the model m with code 0. */
export async function serveCode(options: Partial<WorkersOptions> = {}): Promise<CodeOnDisk> {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "deepaas-code-")));
  const pathOf = (name: string) => join(folder, name);
  const write = (text: string, name = "m.mjs") => {
    mkdirSync(dirname(pathOf(name)), { recursive: true });
    writeFileSync(pathOf(name), text);
    return pathOf(name);
  };
  const module = write(codeText(0));
  const executor = workers({
    module,
    graceMs: 1_000,
    backOffMs: 10,
    tempFolder: folder,
    logger: silentLogger,
    ...options,
  });
  const host = await createHost({ executor, logger: silentLogger, limits: { graceMs: 100 } });
  return {
    host,
    executor,
    write,
    pathOf,
    exists: (name) => existsSync(pathOf(name)),
    remove: (name) => rmSync(pathOf(name)),
    async [Symbol.asyncDispose]() {
      await host.close({ drainMs: 0 });
      rmSync(folder, { recursive: true });
    },
  };
}
