// How messages lie on a pipe (PROTOCOL.md, "Frames"): two lengths, a header of JSON, and the bytes that go with it.

const prefixBytes = 8;
const maxQuickLength = 1_000;
/** More than this is no message: something else was written to the pipe. */
const maxPartBytes = 1 << 30;

const nothing = Buffer.alloc(0);

export interface Frame {
  readonly header: unknown;
  readonly attached: Buffer;
}

export function encodeFrame(header: object, attached: readonly Uint8Array[] = []): Buffer {
  const json = JSON.stringify(header);
  if (attached.length === 0 && json.length <= maxQuickLength) return quickFrame(json);
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

/** Most are small: room for the most that their text can take, and so its bytes are not counted first. */
function quickFrame(json: string): Buffer {
  const frame = Buffer.allocUnsafe(prefixBytes + json.length * 3);
  const jsonBytes = frame.write(json, prefixBytes);
  frame.writeUInt32BE(jsonBytes, 0);
  frame.writeUInt32BE(0, 4);
  return frame.subarray(0, prefixBytes + jsonBytes);
}

/** Gives the function that takes what comes through the pipe; it throws when that is no frame. */
export function frameReader(onFrame: (frame: Frame) => void): (chunk: Buffer) => void {
  // Joined only when a frame is there whole, so that a large one is copied once.
  let chunks: Buffer[] = [];
  let held = 0;
  let wanted = prefixBytes;

  return (chunk) => {
    chunks.push(chunk);
    held += chunk.length;
    if (held < wanted) return;
    const bytes = chunks.length === 1 ? chunk : Buffer.concat(chunks, held);
    let at = 0;
    for (;;) {
      wanted = prefixBytes;
      if (bytes.length - at < wanted) break;
      const jsonBytes = bytes.readUInt32BE(at);
      const attachedBytes = bytes.readUInt32BE(at + 4);
      if (jsonBytes > maxPartBytes || attachedBytes > maxPartBytes) throw new Error("That is no frame.");
      wanted += jsonBytes + attachedBytes;
      if (bytes.length - at < wanted) break;
      const jsonEnd = at + prefixBytes + jsonBytes;
      const header: unknown = JSON.parse(bytes.toString("utf8", at + prefixBytes, jsonEnd));
      at += wanted;
      onFrame({ header, attached: attachedBytes === 0 ? nothing : bytes.subarray(jsonEnd, at) });
    }
    held = bytes.length - at;
    chunks = held === 0 ? [] : [bytes.subarray(at)];
  };
}
