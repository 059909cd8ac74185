// Checksums and records, against published values.
import { expect, test } from "vitest";
import { crc32c, maskedCrc32c } from "./crc32c.ts";
import { tfRecord } from "./tf-record.ts";

const ascending = Uint8Array.from({ length: 32 }, (_, i) => i);

test.each([
  ["nothing", new Uint8Array(), 0x00000000],
  ["the digits 1 to 9", Buffer.from("123456789"), 0xe3069283],
  ["32 bytes of zeros", new Uint8Array(32), 0x8a9136aa],
  ["32 bytes of ones", new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ["32 ascending bytes", ascending, 0x46dd794e],
  ["32 descending bytes", ascending.toReversed(), 0x113fdb5c],
])("the checksum of %s is that of RFC 3720", (_title, bytes, crc) => {
  expect(crc32c(bytes)).toBe(crc);
});

test("any bit that differs is noticed", () => {
  const whole = crc32c(ascending);
  for (let bit = 0; bit < 256; bit++) {
    const changed = Uint8Array.from(ascending);
    changed[bit >> 3] = (changed[bit >> 3] as number) ^ (1 << (bit & 7));
    expect(crc32c(changed)).not.toBe(whole);
  }
});

test("a record starts as the first one of every event file of TensorFlow does", () => {
  // 24 bytes: a time and "brain.Event:2".
  const record = Buffer.from(tfRecord(new Uint8Array(24)));
  expect(record.subarray(0, 12).toString("hex")).toBe("1800000000000000a37f4b22");
  expect(record).toHaveLength(12 + 24 + 4);
  expect(record.readUInt32LE(36)).toBe(maskedCrc32c(new Uint8Array(24)));
});
