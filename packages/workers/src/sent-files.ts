// Where the messages of the server have files.
import type { VersionFile } from "@deepaas/core/ports";
import { extractFiles, type FileAt } from "./message-files.ts";
import type { ToWorker } from "./messages.ts";

interface WithoutFiles {
  readonly value: object;
  readonly files: readonly FileAt[];
}

/** Returns the message with null in the place of each file, and the files. */
export function withoutFiles(message: ToWorker): WithoutFiles {
  switch (message.type) {
    case "predict":
    case "stream": {
      const { value: args, files } = extractFiles(message.args, "/args");
      return { value: files.length === 0 ? message : { ...message, args }, files };
    }
    case "predictBatch": {
      const parts = message.argsList.map((args, i) => extractFiles(args, `/argsList/${i}`));
      const files = parts.flatMap((part) => part.files);
      return { value: files.length === 0 ? message : { ...message, argsList: parts.map(({ value }) => value) }, files };
    }
    case "train": {
      const args = extractFiles(message.args, "/args");
      const resumeFrom = message.resumeFrom && extractFiles(message.resumeFrom, "/resumeFrom");
      return {
        value: { ...message, args: args.value, resumeFrom: resumeFrom?.value ?? null },
        files: [...args.files, ...(resumeFrom?.files ?? [])],
      };
    }
    case "start":
      return withoutWeights(message);
    case "reload": {
      if (message.weights === null) return { value: message, files: [] };
      const { value: weights, files } = extractFiles(message.weights, "/weights");
      return { value: { ...message, weights }, files };
    }
    default:
      return { value: message, files: [] };
  }
}

function withoutWeights(message: Extract<ToWorker, { type: "start" }>): WithoutFiles {
  const files: FileAt[] = [];
  const entries = Object.entries(message.weights).map(([model, version]): [string, VersionFile] => {
    const extracted = extractFiles(version, `/weights/${model}`);
    files.push(...extracted.files);
    return [model, extracted.value];
  });
  return { value: { ...message, weights: Object.fromEntries(entries) }, files };
}
