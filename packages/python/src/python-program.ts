// What is spawned as the worker of Python models.
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

export interface PythonProgram {
  readonly command: string;
  /** The path of the shared folder follows. */
  readonly args: readonly string[];
  /** Added to the environment variables of the server. */
  readonly env: Readonly<Record<string, string>>;
}

const packages = fileURLToPath(new URL("../python", import.meta.url));

/** `python`: path of the interpreter. `env`: variables that the worker is given. */
export function pythonProgram(
  python: string,
  env: Readonly<Record<string, string | undefined>> = process.env,
): PythonProgram {
  return {
    command: python,
    args: ["-X", "utf8", join(packages, "deepaas_worker/__main__.py")],
    env: {
      PYTHONUNBUFFERED: "1",
      PYTHONFAULTHANDLER: "1",
      // Last, so that the user's environment has precedence; here so that processes that the model starts find it, too.
      PYTHONPATH: [env.PYTHONPATH, packages].filter((path) => path).join(delimiter),
    },
  };
}
