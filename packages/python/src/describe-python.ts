// Asks a Python which version it is, and which models are installed in it.
import { execFileSync } from "node:child_process";
import { type FoundPython, PythonNotFoundError } from "./find-python.ts";

export interface DescribedPython extends FoundPython {
  readonly version: string;
  /** The installed entry points of the group `deepaas.v2.model`: name to `module[:attribute]`. */
  readonly models: ReadonlyMap<string, string>;
}

// For any Python, also one that is too old.
const script = `
import json, sys
models = {}
if sys.version_info >= (3, 9):
    from importlib.metadata import entry_points
    found = entry_points()
    group = "deepaas.v2.model"
    found = found.select(group=group) if hasattr(found, "select") else found.get(group, ())
    models = {point.name: point.value for point in found}
sys.stdout.write(json.dumps([sys.version.split()[0], sys.version_info >= (3, 9), models]))
`;

/** Throws `PythonNotFoundError` for one that cannot be run or is too old. */
export function describePython({ path, from }: FoundPython): DescribedPython {
  const [version, isSupported, models] = answerOf({ path, from });
  if (!isSupported)
    throw new PythonNotFoundError(`Python ${version} at ${path} (${from}) is too old: at least 3.9 is needed`);
  return { path, from, version, models: new Map(Object.entries(models)) };
}

function answerOf({
  path,
  from,
}: FoundPython): [version: string, isSupported: boolean, models: Record<string, string>] {
  try {
    return JSON.parse(execFileSync(path, ["-c", script], { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }));
  } catch (error) {
    const { stderr, message } = error as { readonly stderr?: string; readonly message: string };
    const text = (stderr || message).trim().split("\n").at(-1);
    throw new PythonNotFoundError(`the Python ${path} (${from}) cannot be run: ${text}`, { cause: error });
  }
}
