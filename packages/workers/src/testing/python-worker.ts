// The Python worker, spoken to as PROTOCOL.md says.
import { join } from "node:path";
import { findPython } from "@deepaas/python";
import { afterAll } from "vitest";
import type { FromWorker } from "../messages.ts";
import { pythonProgramOf } from "../programs.ts";
import { ProtocolWorker } from "./protocol-worker.ts";

export const pythonModel = (name: string) => join(import.meta.dirname, "python", `${name}.py`);

/** Undefined, and the reason in the title of the tests, where there is no Python. */
export const python = (() => {
  try {
    return findPython({}).path;
  } catch {
    return undefined;
  }
})();

export const withPython = python === undefined ? " (skipped: there is no Python)" : "";

export function newPythonWorker(module: string, env: Readonly<Record<string, string>> = {}): ProtocolWorker {
  return new ProtocolWorker(pythonProgramOf({ module, runtime: "python", env }, {}));
}

export interface StartedWorker {
  readonly worker: ProtocolWorker;
  readonly ready: Extract<FromWorker, { type: "ready" }>;
}

/** Ends with the test file. */
export async function startPythonWorker(name: string, start: object = {}): Promise<StartedWorker> {
  const module = pythonModel(name);
  const worker = newPythonWorker(module);
  afterAll(() => worker[Symbol.asyncDispose]());
  const models = { [name]: module };
  const ready = await worker.ask({ type: "start", protocol: 1, models, weights: {}, oneByOne: true, ...start });
  if (ready.type !== "ready") throw new Error(JSON.stringify(ready));
  return { worker, ready };
}
