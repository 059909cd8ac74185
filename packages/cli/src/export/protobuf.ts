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
  const key = varint(tag(number, wireType.fixed64));
  const field = Buffer.allocUnsafe(key.length + 8);
  field.set(key);
  field.writeDoubleLE(value, key.length);
  return field;
}

export function floatField(number: number, value: number): Uint8Array {
  const key = varint(tag(number, wireType.fixed32));
  const field = Buffer.allocUnsafe(key.length + 4);
  field.set(key);
  field.writeFloatLE(value, key.length);
  return field;
}

/** A field of type `string`, `bytes`, or another message. */
export function bytesField(number: number, value: Uint8Array | string): Uint8Array {
  const bytes = typeof value === "string" ? Buffer.from(value) : value;
  return Buffer.concat([Uint8Array.from([...varint(tag(number, wireType.bytes)), ...varint(bytes.length)]), bytes]);
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
