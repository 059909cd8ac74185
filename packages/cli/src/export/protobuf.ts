// Writes Protocol Buffers: the wire types that the messages of TensorBoard have. A message is its fields, one after the other.

const wireType = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Returns a message, or a part of one. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields);
}

/** A field of type `int32`, `int64` or an enumeration. `value`: a whole number, not negative. */
export function intField(number: number, value: number): Uint8Array {
  return Uint8Array.from([...varint(tag(number, wireType.varint)), ...varint(value)]);
}

export function doubleField(number: number, value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(8);
  bytes.writeDoubleLE(value);
  return field(number, wireType.fixed64, bytes);
}

export function floatField(number: number, value: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeFloatLE(value);
  return field(number, wireType.fixed32, bytes);
}

/** A field of type `string`, `bytes`, or another message. */
export function bytesField(number: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([Uint8Array.from([...varint(tag(number, wireType.bytes)), ...varint(bytes.length)]), bytes]);
}

function field(number: number, type: number, bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...varint(tag(number, type)), ...bytes]);
}

function tag(number: number, type: number): number {
  return number * 8 + type;
}

/** By division: a step may have more than the 32 bits of `>>>`. */
function varint(value: number): readonly number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 128; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
  bytes.push(rest);
  return bytes;
}
