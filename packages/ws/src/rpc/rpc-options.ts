import { createModelFile, DeepaasError, type Logger, type ModelFile, modelFile, silentLogger } from "@deepaas/core";

/** A file that has arrived and can be read again and again. */
export interface KeptFile {
  readonly file: ModelFile;
  /** The call that it came with has ended. Never rejects. */
  discard(): Promise<void>;
}

export interface RpcOptions {
  /** Calls under way at once on one connection; one more is `overloaded`. */
  readonly maxCalls: number;
  /** Of these, watches and streams. */
  readonly maxSubscriptions: number;
  /** Files under way at once on one connection, in each direction. */
  readonly maxAttachments: number;
  /** Of all long messages that are arriving on one connection; beyond it is closed with 4413. */
  readonly maxMessageBytes: number;
  /** Of the files of one call; more is `too_large`. */
  readonly maxFileBytes: number;
  /** A file or a long message of which nothing comes for this long, in milliseconds, is given up. 0: never. */
  readonly stallMs: number;
  /** Takes in a file before its call begins. Default: into memory. */
  readonly keepFile: (file: ModelFile) => Promise<KeptFile>;
  readonly logger: Logger;
}

export const defaultRpcOptions: RpcOptions = {
  maxCalls: 1_000,
  maxSubscriptions: 1_000,
  maxAttachments: 64,
  maxMessageBytes: 104_857_600,
  maxFileBytes: 104_857_600,
  stallMs: 30_000,
  keepFile: keepInMemory,
  logger: silentLogger,
};

export async function keepInMemory(file: ModelFile): Promise<KeptFile> {
  const { contentType, originalFilename } = file;
  const bytes = await file.bytes();
  const kept = modelFile(bytes, { contentType, ...(originalFilename !== undefined && { originalFilename }) });
  return { file: kept, discard: async () => {} };
}

/** Keeps the files of one call; rejects `too_large` when they are more than `maxFileBytes` together. */
export async function keepFiles(
  files: ReadonlyMap<number, ModelFile>,
  { keepFile, maxFileBytes }: RpcOptions,
): Promise<ReadonlyMap<number, KeptFile>> {
  const kept = new Map<number, KeptFile>();
  const room = { left: maxFileBytes };
  try {
    for (const [id, file] of files) kept.set(id, await keepFile(limited(file, room)));
    return kept;
  } catch (error) {
    await discardFiles(kept);
    throw error;
  }
}

export async function discardFiles(kept: ReadonlyMap<number, KeptFile>): Promise<void> {
  for (const { discard } of kept.values()) await discard();
}

function limited(file: ModelFile, room: { left: number }): ModelFile {
  const tooLarge = () => new DeepaasError("too_large", "The files of the call are too large.");
  if (file.size !== undefined && file.size > room.left) throw tooLarge();
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(part, controller) {
      room.left -= part.length;
      if (room.left < 0) controller.error(tooLarge());
      else controller.enqueue(part);
    },
  });
  const { size, contentType, originalFilename } = file;
  return createModelFile(
    {
      ...(size !== undefined && { size }),
      stream: () => file.stream().pipeThrough(counted) as typeof counted.readable,
    },
    { contentType, ...(originalFilename !== undefined && { originalFilename }) },
  );
}
