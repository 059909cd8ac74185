import { useEffect, useRef, useState } from "preact/hooks";
import { download } from "../parts/download.ts";
import { showToast } from "../parts/toasts.tsx";
import { sentenceOf, service } from "../service/connection.ts";
import { eventsBetween } from "./events-between.ts";
import { csvOf, jsonLinesOf, type RunLogOf } from "./export-runs.ts";

const formats = [
  ["CSV", "csv", "text/csv", csvOf],
  ["JSON lines", "jsonl", "application/jsonl", jsonLinesOf],
] as const;

/** Downloads the whole logs, as far as they are when the button is pressed. */
export function RunExport({ ids }: { readonly ids: readonly string[] }) {
  const [isReading, setReading] = useState(false);
  const controller = useRef(new AbortController());
  useEffect(() => () => controller.current.abort(), []);
  const start = async ([, ending, type, write]: (typeof formats)[number]) => {
    const { signal } = controller.current;
    const logs: RunLogOf[] = [];
    setReading(true);
    try {
      for (const id of ids) {
        const run = await service.run(id, { signal });
        const range = { after: run.firstSeq - 1, last: run.lastSeq, signal };
        logs.push({ run, events: await Array.fromAsync(eventsBetween(id, range)) });
      }
      if (!signal.aborted) download(`${ids.length === 1 ? `run-${ids[0]}` : "runs"}.${ending}`, type, write(logs));
    } catch (error) {
      if (!signal.aborted) showToast(sentenceOf(error));
    }
    setReading(false);
  };
  return (
    <p class="row">
      {isReading ? "Reading…" : "Download"}
      {formats.map((format) => (
        <button
          key={format[0]}
          type="button"
          class="button small"
          disabled={isReading}
          onClick={() => void start(format)}
        >
          {format[0]}
        </button>
      ))}
    </p>
  );
}
