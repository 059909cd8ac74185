// The framing of TensorBoard's event files: TFRecord.
import { maskedCrc32c } from "./crc32c.ts";

const lengthBytes = 8;
const crcBytes = 4;

/** Returns a record: the length of `data` as 64 bits, its checksum, the data, and their checksum; little-endian. */
export function tfRecord(data: Uint8Array): Uint8Array {
  const record = Buffer.allocUnsafe(lengthBytes + crcBytes + data.length + crcBytes);
  record.writeBigUInt64LE(BigInt(data.length), 0);
  record.writeUInt32LE(maskedCrc32c(record.subarray(0, lengthBytes)), lengthBytes);
  record.set(data, lengthBytes + crcBytes);
  record.writeUInt32LE(maskedCrc32c(data), lengthBytes + crcBytes + data.length);
  return record;
}
