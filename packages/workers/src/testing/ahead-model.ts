// A model whose quick predicts a worker is handed ahead. Each predict that begins is written to a file.
import { appendFileSync } from "node:fs";

const text = { type: "string", required: false };
export const getPredictArgs = () => ({
  name: { type: "string" },
  file: text,
  blockMs: { type: "number", required: false },
});

let running = 0;
let most = 0;

interface Args {
  readonly name: string;
  readonly file?: string;
  readonly blockMs?: number;
}

export async function predict({ name, file, blockMs = 0 }: Args): Promise<unknown> {
  if (file !== undefined) appendFileSync(file, `${name}\n`);
  running++;
  most = Math.max(most, running);
  // Blocks its thread, as native inference does.
  if (blockMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
  await Promise.resolve();
  running--;
  return { name, most, pid: process.pid };
}
