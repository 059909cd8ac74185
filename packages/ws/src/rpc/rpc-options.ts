import { consoleLogger, createModelFile, DeepaasError, type Logger, type ModelFile, modelFile } from "@deepaas/core";
import type { AdapterObserver } from "@deepaas/core/ports";

/** A received file, which can be read more than once. */
export interface KeptFile {
  readonly file: ModelFile;
  /** Called when its call has ended. Never rejects. */
  discard(): Promise<void>;
}

export interface RpcOptions {
  /** Calls in progress on one connection; further ones are `overloaded`. Default 1,000. */
  readonly maxCalls: number;
  /** Watches and streams among these calls. Default 1,000. */
  readonly maxSubscriptions: number;
  /** Files in transfer on one connection, per direction; further ones are `overloaded`. Default 64. */
  readonly maxAttachments: number;
  /** Bytes of incomplete messages on one connection, and so of one message; beyond it close 4413. Default 8,388,608. 0: no limit. */
  readonly maxMessageBytes: number;
  /** Bytes of all files of one call; beyond it `too_large`. Default 104,857,600. 0: no limit. */
  readonly maxFileBytes: number;
  /** A file or message without new bytes for this long, in milliseconds, fails. Default 30,000. 0: no limit. */
  readonly stallMs: number;
  /** Stores a file before its call starts. Default: in memory. */
  readonly keepFile: (file: ModelFile) => Promise<KeptFile>;
  /** Told of each call. Default: none. */
  readonly observer: AdapterObserver | undefined;
  readonly logger: Logger;
}

export const defaultRpcOptions: RpcOptions = {
  maxCalls: 1_000,
  maxSubscriptions: 1_000,
  maxAttachments: 64,
  maxMessageBytes: 8_388_608,
  maxFileBytes: 104_857_600,
  stallMs: 30_000,
  keepFile: keepInMemory,
  observer: undefined,
  logger: consoleLogger,
};

export async function keepInMemory(file: ModelFile): Promise<KeptFile> {
  const { contentType, originalFilename } = file;
  const bytes = await file.bytes();
  const kept = modelFile(bytes, { contentType, ...(originalFilename !== undefined && { originalFilename }) });
  return { file: kept, discard: async () => {} };
}

/** Stores the files of one call. Rejects `too_large` if they have more than `maxFileBytes` together. */
export async function keepFiles(
  files: ReadonlyMap<number, ModelFile>,
  { keepFile, maxFileBytes }: RpcOptions,
): Promise<ReadonlyMap<number, KeptFile>> {
  const kept = new Map<number, KeptFile>();
  const budget = { left: maxFileBytes || Infinity };
  try {
    for (const [id, file] of files) kept.set(id, await keepFile(limited(file, budget)));
    return kept;
  } catch (error) {
    await discardFiles(kept);
    throw error;
  }
}

export async function discardFiles(kept: ReadonlyMap<number, KeptFile>): Promise<void> {
  for (const { discard } of kept.values()) await discard();
}

function limited(file: ModelFile, budget: { left: number }): ModelFile {
  const tooLarge = () => new DeepaasError("too_large", "The files of the call are too large.");
  if (file.size !== undefined && file.size > budget.left) throw tooLarge();
  const counted = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(part, controller) {
      budget.left -= part.length;
      if (budget.left < 0) controller.error(tooLarge());
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
