// How messages lie on a pipe (PROTOCOL.md, "Frames"): two lengths, a header of JSON, and the bytes that go with it.

const prefixBytes = 8;
/** More than this is no message: something else was written to the pipe. */
const maxPartBytes = 1 << 30;

export interface Frame {
  readonly header: unknown;
  readonly attached: Buffer;
}

export function encodeFrame(header: object, attached: readonly Uint8Array[] = []): Buffer {
  const json = JSON.stringify(header);
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
      const json = bytes.toString("utf8", at + prefixBytes, at + prefixBytes + jsonBytes);
      const frame = { header: JSON.parse(json), attached: bytes.subarray(at + prefixBytes + jsonBytes, at + wanted) };
      at += wanted;
      onFrame(frame);
    }
    const rest = bytes.subarray(at);
    chunks = rest.length === 0 ? [] : [rest];
    held = rest.length;
  };
}
