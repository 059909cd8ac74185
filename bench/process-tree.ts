// CPU time and memory of a server with all its processes, from /proc (Linux).
import { readdir, readFile } from "node:fs/promises";

/** The kernel counts CPU time in units of 10 ms for programs, whatever its own clock. */
const msPerTick = 10;

interface Process {
  readonly pid: number;
  readonly parent: number;
  readonly session: number;
  /** Of the process and of the children that it has waited for. */
  readonly cpuMs: number;
}

/** Returns undefined if the process has ended. */
async function readProcess(pid: number): Promise<Process | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => undefined);
  if (stat === undefined) return undefined;
  // The name of the program is in parentheses and may contain spaces. The field after it is the state, the third of proc(5).
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const field = (number: number) => Number(fields[number - 3]);
  return {
    pid,
    parent: field(4),
    session: field(6),
    cpuMs: (field(14) + field(15) + field(16) + field(17)) * msPerTick,
  };
}

/** Returns the process, its descendants, and the processes of the session that it leads. */
export async function processTree(root: number): Promise<readonly Process[]> {
  const pids = (await readdir("/proc")).filter((name) => /^\d+$/.test(name)).map(Number);
  const all = (await Promise.all(pids.map(readProcess))).filter((one) => one !== undefined);
  const tree = new Map(all.filter(({ pid, session }) => pid === root || session === root).map((one) => [one.pid, one]));
  for (let before = -1; before !== tree.size; ) {
    before = tree.size;
    for (const one of all) if (tree.has(one.parent)) tree.set(one.pid, one);
  }
  return [...tree.values()];
}

/** Returns the CPU time of all processes so far, user and system, in milliseconds. */
export async function cpuMs(root: number): Promise<number> {
  return (await processTree(root)).reduce((sum, one) => sum + one.cpuMs, 0);
}

/**
 * Returns the resident memory of all processes in MiB: the private pages of each, and once the pages that are shared, taken from
 * the process that has most of them. For a single process this is its resident memory.
 */
export async function memoryMib(root: number): Promise<number> {
  let privateKib = 0;
  let sharedKib = 0;
  for (const { pid } of await processTree(root)) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "latin1").catch(() => "");
    const sum = (name: string) =>
      [...rollup.matchAll(new RegExp(`^${name}_(?:Clean|Dirty):\\s+(\\d+) kB`, "gm"))].reduce(
        (kib, [, one]) => kib + Number(one),
        0,
      );
    privateKib += sum("Private");
    sharedKib = Math.max(sharedKib, sum("Shared"));
  }
  return (privateKib + sharedKib) / 1024;
}

/** Samples the memory until it is stopped. */
export function watchMemory(root: number): { stop(): Promise<number> } {
  let largest = 0;
  let isStopped = false;
  const sampling = (async () => {
    while (!isStopped) {
      largest = Math.max(largest, await memoryMib(root));
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  })();
  return {
    async stop() {
      isStopped = true;
      await sampling;
      return largest;
    },
  };
}
