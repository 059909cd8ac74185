// What is spawned as the worker of Python models.
import { existsSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
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
      ...activated(python, env.PATH),
    },
  };
}

/** As after `activate`: a model finds the programs that are installed in its environment, such as tensorboard. */
function activated(python: string, path: string | undefined): Readonly<Record<string, string>> {
  const programs = dirname(python);
  const folder = dirname(programs);
  const isVirtual = existsSync(join(folder, "pyvenv.cfg"));
  if (!isVirtual && !existsSync(join(folder, "conda-meta"))) return {};
  const PATH = [programs, path].filter((part) => part).join(delimiter);
  return isVirtual ? { PATH, VIRTUAL_ENV: folder } : { PATH };
}
