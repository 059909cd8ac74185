// How much of a WAL counts: https://www.sqlite.org/fileformat2.html#the_write_ahead_log
import { existsSync, readFileSync } from "node:fs";

const headerBytes = 32;
const frameHeaderBytes = 24;

export interface WalEnd {
  /** Changes when the log starts again from its beginning. */
  readonly salt: string;
  /** In bytes; what lies behind it is of an earlier time. */
  readonly end: number;
}

export function walEnd(path: string): WalEnd {
  const wal = existsSync(path) ? readFileSync(path) : Buffer.alloc(0);
  if (wal.length < headerBytes) return { salt: "", end: 0 };
  const salt = wal.toString("hex", 16, 24);
  const frameBytes = frameHeaderBytes + wal.readUInt32BE(8);
  let end = headerBytes;
  while (end + frameBytes <= wal.length && wal.toString("hex", end + 8, end + 16) === salt) end += frameBytes;
  return { salt, end };
}
