import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

export interface TempFolder extends Disposable {
  readonly path: string;
}

/** A folder outside the workspace with these files, removed with the scope. */
export function tempFolder(files: Readonly<Record<string, string>> = {}): TempFolder {
  const path = realpathSync(mkdtempSync(join(tmpdir(), "deepaas-story-")));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), { recursive: true });
    writeFileSync(join(path, name), text);
  }
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
