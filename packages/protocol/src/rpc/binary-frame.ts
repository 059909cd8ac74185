// A binary frame has five header bytes and content: `PROTOCOL.md`, "Files".

/** What the content belongs to. The last part has a kind of its own, and may be empty. */
export const frameKinds = { filePart: 0, fileEnd: 1, messagePart: 2, messageEnd: 3 } as const;
export type FrameKind = (typeof frameKinds)[keyof typeof frameKinds];

export interface BinaryFrame {
  readonly kind: FrameKind;
  /** The id of the attachment or long message of this sender. */
  readonly id: number;
  readonly content: Uint8Array<ArrayBuffer>;
}

const headBytes = 5;
const maxKind = frameKinds.messageEnd;

export function toBinaryFrame({ kind, id, content }: BinaryFrame): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(headBytes + content.length);
  bytes[0] = kind;
  new DataView(bytes.buffer).setUint32(1, id);
  bytes.set(content, headBytes);
  return bytes;
}

/** Returns undefined for a malformed frame. The content is a view, not a copy. */
export function binaryFrameFrom(bytes: Uint8Array): BinaryFrame | undefined {
  const kind = bytes[0];
  if (kind === undefined || kind > maxKind || bytes.length < headBytes) return undefined;
  const id = new DataView(bytes.buffer, bytes.byteOffset).getUint32(1);
  return { kind: kind as FrameKind, id, content: bytes.subarray(headBytes) as Uint8Array<ArrayBuffer> };
}
