// What the operating system knows about a process.
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { Awaitable } from "@deepaas/core";

const ticksPerSecond = 100;

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A zombie: exited, but not yet reaped by its parent.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return false;
  }
}

/** CPU time of the process so far, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "latin1")
    .replace(/^.*\) /s, "")
    .split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1000) / ticksPerSecond;
}

/** Resolves once `seen` returns a value. The time limit is that of the test. */
export async function until<T>(seen: () => Awaitable<T | undefined | false>): Promise<T> {
  for (;;) {
    const found = await seen();
    if (found !== undefined && found !== false) return found;
    await sleep(5);
  }
}
