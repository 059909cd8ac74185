// The model of the benchmarks of workers: returns its arguments or a file, uses CPU time, or blocks its thread.
import type { ModelFile } from "@deepaas/core";

const none = { required: false };
export const getPredictArgs = () => ({
  text: { type: "string", ...none },
  n: { type: "integer", ...none },
  flag: { type: "boolean", ...none },
  workMs: { type: "number", ...none },
  blockMs: { type: "number", ...none },
  tensor: { type: "string", format: "binary", ...none },
});

interface Args {
  readonly workMs?: number;
  readonly blockMs?: number;
  readonly tensor?: ModelFile;
}

export async function predict({ workMs = 0, blockMs = 0, tensor, ...rest }: Args): Promise<unknown> {
  if (tensor) return tensor.bytes();
  if (blockMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  // Of the process: on Linux the clock of a thread may go in steps of 4 ms.
  const cpu = process.cpuUsage();
  while (workMs > 0) {
    const { user, system } = process.cpuUsage(cpu);
    if (user + system >= workMs * 1000) break;
  }
  return rest;
}
