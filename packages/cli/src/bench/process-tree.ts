// CPU time and memory of a process and all its descendants.
import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { promisify } from "node:util";

export interface Usage {
  /** User and system time, in milliseconds. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

interface ProcessRow extends Usage {
  readonly pid: number;
  readonly parent: number;
}

/** Returns undefined where it cannot be measured, as on Windows. */
export async function treeUsage(pid: number): Promise<Usage | undefined> {
  const rows = process.platform === "linux" ? rowsFromProc() : await rowsFromPs();
  const tree = descendants(pid, rows);
  if (tree.length === 0) return undefined;
  const sum = (key: keyof Usage) => tree.reduce((total, row) => total + row[key], 0);
  return { cpuMs: sum("cpuMs"), rssBytes: sum("rssBytes") };
}

/** Returns the process with its descendants, or nothing if it has ended. */
export function descendants<T extends Pick<ProcessRow, "pid" | "parent">>(
  pid: number,
  rows: readonly T[],
): readonly T[] {
  const tree = rows.filter((row) => row.pid === pid);
  // The list grows while it is walked.
  for (const { pid: parent } of tree) tree.push(...rows.filter((row) => row.parent === parent && !tree.includes(row)));
  return tree;
}

/** Linux counts the time of a process in hundredths of a second. */
const tickMs = 10;

function rowsFromProc(): readonly ProcessRow[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.flatMap((name) => {
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      // The name of the program, which may have spaces, is in parentheses.
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      const [, kibibytes = 0] = /^VmRSS:\s*(\d+)/m.exec(readFileSync(`/proc/${name}/status`, "utf8")) ?? [];
      const cpuMs = (Number(fields[11]) + Number(fields[12])) * tickMs;
      return [{ pid: Number(name), parent: Number(fields[1]), cpuMs, rssBytes: Number(kibibytes) * 1_024 }];
    } catch {
      // It has ended meanwhile.
      return [];
    }
  });
}

async function rowsFromPs(): Promise<readonly ProcessRow[]> {
  try {
    const { stdout } = await promisify(execFile)("ps", ["-A", "-o", "pid=,ppid=,rss=,time="]);
    return rowsFromText(stdout);
  } catch {
    return [];
  }
}

/** Reads lines of `ps`: pid, parent, memory in KiB, and time as `[[days-]hours:]minutes:seconds`. */
export function rowsFromText(text: string): readonly ProcessRow[] {
  return text
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields.length === 4)
    .map(([pid, parent, kibibytes, time = ""]) => {
      const [clock = "", days = "0"] = time.split("-").reverse();
      const seconds = clock.split(":").reduce((total, part) => total * 60 + Number(part), 0);
      return {
        pid: Number(pid),
        parent: Number(parent),
        cpuMs: (Number(days) * 86_400 + seconds) * 1_000,
        rssBytes: Number(kibibytes) * 1_024,
      };
    });
}
