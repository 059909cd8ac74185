// Writes to stdout as fast as its reader reads.
import { ChunkWriter } from "./chunk-writer.ts";
import { writeError } from "./write-error.ts";

/** Each write reports its error itself; without a listener, the same error would end the process with a stack trace. */
const ignored = () => {};

/** Returns a writer that rejects with `ReaderGone` when nobody reads stdout any more. */
export function stdoutWriter(): ChunkWriter {
  const { stdout } = process;
  stdout.off("error", ignored).on("error", ignored);
  return new ChunkWriter(
    (chunk) =>
      new Promise((resolve, reject) => {
        stdout.write(chunk, (error) => (error ? reject(writeError("stdout", error)) : resolve()));
      }),
  );
}
