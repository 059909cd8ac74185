// A model that is written to a file and checked.
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Checked, type CheckOptions, checkModel } from "../check/check-model.ts";
import { testFolder } from "./test-folder.ts";

/** Its second line is the first one of `code`, which need not have metadata. */
export async function checked(code: string, options: Partial<CheckOptions> = {}): Promise<Checked> {
  const metadata = `export const getMetadata = () => ({ description: "d", author: "a", license: "MIT" });`;
  const path = join(await testFolder(), "m.mjs");
  writeFileSync(path, code.includes("getMetadata") ? code : `${metadata}\n${code}`);
  const defaults = { timeoutMs: 60_000, predict: true, train: true, onStep: () => {} };
  return checkModel({ name: "m", source: path }, { ...defaults, ...options });
}

/** Everything that is not well: `error fields getPredictArgs /n/type: …`. */
export function faults({ findings }: Checked): readonly string[] {
  return findings
    .filter(({ status }) => status === "error" || status === "warning")
    .map(({ status, check, place, message }) => `${status} ${check} ${place}: ${message}`);
}

/** The text of `getPredictArgs` that returns these fields. */
export function args(fields: string): string {
  return `export const getPredictArgs = () => (${fields});`;
}

export const returns = "export const predict = () => ({});";
