// Reads an event file of TensorBoard from the description of its format, with no code of the writer.

/** A field is a number, or bytes. */
type Fields = ReadonlyMap<number, readonly (number | Buffer)[]>;

export interface ReadEvent {
  readonly wallTime: number;
  readonly step: number;
  readonly fileVersion?: string;
  /** The status of a SessionLog. */
  readonly session?: number;
  /** A scalar, or a plugin's name with a text or its content. */
  readonly values?: readonly {
    readonly tag: string;
    readonly scalar?: number;
    readonly plugin?: string;
    readonly text?: string;
  }[];
}

export function readEventFile(file: Buffer): readonly ReadEvent[] {
  const events: ReadEvent[] = [];
  for (let at = 0; at < file.length; ) {
    const length = Number(file.readBigUInt64LE(at));
    checkCrc(file.subarray(at, at + 8), file.readUInt32LE(at + 8));
    const data = file.subarray(at + 12, at + 12 + length);
    if (data.length !== length) throw new Error("The last record is cut off.");
    checkCrc(data, file.readUInt32LE(at + 12 + length));
    events.push(eventFrom(data));
    at += 16 + length;
  }
  return events;
}

/** Bit by bit, with the mask taken off. */
function checkCrc(bytes: Buffer, masked: number): void {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    crc ^= BigInt(byte);
    for (let bit = 0; bit < 8; bit++) crc = (crc >> 1n) ^ (crc & 1n ? 0x82f63b78n : 0n);
  }
  const rotated = (BigInt(masked) - 0xa282ead8n) & 0xffffffffn;
  const stored = ((rotated >> 17n) | (rotated << 15n)) & 0xffffffffn;
  if (stored !== (crc ^ 0xffffffffn)) throw new Error("A checksum is wrong.");
}

function eventFrom(data: Buffer): ReadEvent {
  const event = fieldsOf(data);
  const [version] = bytesOf(event, 3);
  const [summary] = bytesOf(event, 5);
  const [session] = bytesOf(event, 7);
  return {
    wallTime: numberOf(event, 1),
    step: numberOf(event, 2),
    ...(version && { fileVersion: version.toString() }),
    ...(session && { session: numberOf(fieldsOf(session), 1) }),
    ...(summary && { values: bytesOf(fieldsOf(summary), 1).map(valueFrom) }),
  };
}

function valueFrom(bytes: Buffer) {
  const value = fieldsOf(bytes);
  const tag = String(bytesOf(value, 1)[0]);
  const [tensor] = bytesOf(value, 8);
  if (!tensor) return { tag, scalar: numberOf(value, 2) };
  const pluginData = fieldsOf(bytesOf(fieldsOf(bytesOf(value, 9)[0] as Buffer), 1)[0] as Buffer);
  const [text] = bytesOf(fieldsOf(tensor), 8);
  return { tag, plugin: String(bytesOf(pluginData, 1)[0]), ...(text && { text: text.toString() }) };
}

function fieldsOf(bytes: Buffer): Fields {
  const fields = new Map<number, (number | Buffer)[]>();
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at++);
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(value);
    }
  };
  const take = (size: number) => {
    if (at + size > bytes.length) throw new Error("A field is cut off.");
    at += size;
    return bytes.subarray(at - size, at);
  };
  while (at < bytes.length) {
    const key = varint();
    const readers: Readonly<Record<number, () => number | Buffer>> = {
      0: varint,
      1: () => take(8).readDoubleLE(),
      2: () => take(varint()),
      5: () => take(4).readFloatLE(),
    };
    const read = readers[key & 7];
    if (!read) throw new Error(`There is no wire type ${key & 7}.`);
    fields.set(key >> 3, [...(fields.get(key >> 3) ?? []), read()]);
  }
  return fields;
}

function numberOf(fields: Fields, number: number): number {
  const [value = 0] = fields.get(number) ?? [];
  if (typeof value !== "number") throw new Error(`The field ${number} is not a number.`);
  return value;
}

function bytesOf(fields: Fields, number: number): readonly Buffer[] {
  return (fields.get(number) ?? []).map((value) => {
    if (typeof value === "number") throw new Error(`The field ${number} is a number.`);
    return value;
  });
}
