// How a message lies on a pipe (PROTOCOL.md, "Frames"): two lengths, a JSON header, and the bytes attached to it.

const prefixBytes = 8;
const maxSmallLength = 1_000;
/** A larger length means that something other than a frame was written to the pipe. */
const maxPartBytes = 1 << 30;

const noBytes = Buffer.alloc(0);

export interface Frame {
  readonly header: unknown;
  readonly attached: Buffer;
}

export function encodeFrame(header: object, attached: readonly Uint8Array[] = []): Buffer {
  const json = JSON.stringify(header);
  if (attached.length === 0 && json.length <= maxSmallLength) return encodeSmallFrame(json);
  const jsonBytes = Buffer.byteLength(json);
  const attachedBytes = attached.reduce((sum, { byteLength }) => sum + byteLength, 0);
  const frame = Buffer.allocUnsafe(prefixBytes + jsonBytes + attachedBytes);
  frame.writeUInt32BE(jsonBytes, 0);
  frame.writeUInt32BE(attachedBytes, 4);
  frame.write(json, prefixBytes);
  let at = prefixBytes + jsonBytes;
  for (const bytes of attached) {
    frame.set(bytes, at);
    at += bytes.byteLength;
  }
  return frame;
}

/** Most frames are small: allocating for the longest possible UTF-8 is faster than measuring the text first. */
function encodeSmallFrame(json: string): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + json.length * 3);
  const jsonBytes = frame.write(json, prefixBytes);
  frame.writeUInt32BE(jsonBytes, 0);
  frame.writeUInt32BE(0, 4);
  return frame.subarray(0, prefixBytes + jsonBytes);
}

/** Returns a function that takes each chunk read from the pipe. It throws if a chunk is not part of a frame. */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  // Chunks are joined once the frame is complete, so that a large frame is copied only once.
  let chunks: Buffer[] = [];
  let bufferedBytes = 0;
  let neededBytes = prefixBytes;

  return (chunk) => {
    chunks.push(chunk);
    bufferedBytes += chunk.length;
    if (bufferedBytes < neededBytes) return;
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, bufferedBytes);
    let at = 0;
    for (;;) {
      neededBytes = prefixBytes;
      if (bytes.length - at < neededBytes) break;
      const jsonBytes = bytes.readUInt32BE(at);
      const attachedBytes = bytes.readUInt32BE(at + 4);
      if (jsonBytes > maxPartBytes || attachedBytes > maxPartBytes) throw new Error("Not a frame.");
      neededBytes += jsonBytes + attachedBytes;
      if (bytes.length - at < neededBytes) break;
      const jsonEnd = at + prefixBytes + jsonBytes;
      const header: unknown = JSON.parse(bytes.toString("utf8", at + prefixBytes, jsonEnd));
      at += neededBytes;
      onFrame({ header, attached: attachedBytes === 0 ? noBytes : bytes.subarray(jsonEnd, at) });
    }
    bufferedBytes = bytes.length - at;
    chunks = bufferedBytes === 0 ? [] : [bytes.subarray(at)];
  };
}
