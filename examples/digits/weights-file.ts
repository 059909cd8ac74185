// Weights as one file in the safetensors format: the length of the header (8 bytes, little-endian), the header (JSON: name ->
// dtype, shape, place), the values. Only float32 is written and read.

export interface NamedWeights {
  name: string;
  shape: readonly number[];
  values: Float32Array;
}

const lengthBytes = 8;
const maxHeaderBytes = 100_000;

export function weightsToBytes(weights: readonly NamedWeights[]): Uint8Array<ArrayBuffer> {
  const header: Record<string, HeaderEntry> = {};
  let end = 0;
  for (const { name, shape, values } of weights) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, end + values.byteLength] };
    end += values.byteLength;
  }
  const text = JSON.stringify(header);
  // Padded with blanks so that the values lie at a multiple of eight.
  const headerBytes = new TextEncoder().encode(text.padEnd(Math.ceil(text.length / 8) * 8));
  const file = new Uint8Array(lengthBytes + headerBytes.length + end);
  const view = new DataView(file.buffer);
  view.setBigUint64(0, BigInt(headerBytes.length), true);
  file.set(headerBytes, lengthBytes);
  let at = lengthBytes + headerBytes.length;
  for (const { values } of weights) {
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return file;
}

/** Throws an `Error` that says what is wrong with the file. */
export function weightsFromBytes(file: Uint8Array): NamedWeights[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerLength = file.length < lengthBytes ? 0 : Number(view.getBigUint64(0, true));
  const start = lengthBytes + headerLength;
  if (headerLength < 2 || headerLength > maxHeaderBytes || start > file.length)
    throw damaged("it does not begin with a header");
  return Object.entries(parseHeader(file.subarray(lengthBytes, start))).map(([name, entry]) => {
    const [from, to] = checkedPlace(name, entry, file.length - start);
    const values = new Float32Array((to - from) / 4);
    for (let index = 0; index < values.length; index++) values[index] = view.getFloat32(start + from + 4 * index, true);
    if (!values.every(Number.isFinite)) throw damaged(`"${name}" has values that are not numbers`);
    return { name, shape: entry.shape, values };
  });
}

interface HeaderEntry {
  dtype: string;
  shape: readonly number[];
  data_offsets: readonly [number, number];
}

function parseHeader(bytes: Uint8Array): Record<string, HeaderEntry> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw damaged("its header is not JSON");
  }
  const entries = typeof header === "object" && header !== null ? Object.entries(header) : [];
  const checked = entries.filter(
    (entry): entry is [string, HeaderEntry] => entry[0] !== "__metadata__" && isHeaderEntry(entry[1]),
  );
  if (checked.length === 0) throw damaged("its header lists no weights");
  return Object.fromEntries(checked);
}

function isHeaderEntry(value: unknown): value is HeaderEntry {
  if (typeof value !== "object" || value === null) return false;
  const { dtype, shape, data_offsets: place } = value as Partial<Record<keyof HeaderEntry, unknown>>;
  return typeof dtype === "string" && isCounts(shape) && isCounts(place) && place.length === 2;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((item) => Number.isSafeInteger(item) && item >= 0);
}

function checkedPlace(
  name: string,
  { dtype, shape, data_offsets: [from, to] }: HeaderEntry,
  available: number,
): readonly [number, number] {
  if (dtype !== "F32") throw damaged(`"${name}" is ${dtype}, not F32`);
  if (to > available) throw damaged(`it ends before "${name}" does`);
  if (to - from !== 4 * shape.reduce((product, size) => product * size, 1))
    throw damaged(`"${name}" has not the size of its shape`);
  return [from, to];
}

function damaged(reason: string): Error {
  return new Error(`This is not a usable weights file: ${reason}.`);
}
