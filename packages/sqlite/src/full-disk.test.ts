// A disk that takes no more, as the system reports it: a limit on the size of files stands in for its end.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { newFolder, openStore } from "./testing/store-folder.ts";

const child = join(import.meta.dirname, "testing/full-disk-child.ts");

test.runIf(process.platform !== "win32")(
  "the store and the blobs say unavailable, the process stays up, and what was kept is there",
  async () => {
    const folder = newFolder();
    // In blocks of 512 or 1,024 bytes; without the trap the signal would end the process.
    const command = `trap '' XFSZ; ulimit -f 2000; exec "$0" "$@"`;
    const { stdout } = await promisify(execFile)("sh", ["-c", command, process.execPath, child, folder]);
    const { kept, read, refused, put, left } = JSON.parse(stdout) as {
      kept: number;
      read: number;
      refused: string;
      put: string;
      left: string[];
    };
    expect({ refused, put, left }).toEqual({ refused: "unavailable", put: "unavailable", left: [] });
    expect(kept).toBeGreaterThan(20);
    expect(read).toBe(kept);
    const { store } = await openStore({ path: join(folder, "runs.sqlite") });
    // The process was ended without a word: its death is the one event more.
    expect((await store.read("r", 2, 100_000)).length).toBe(kept + 1);
  },
);
