import type { Run, RunEvent } from "@deepaas/core";
import { useEffect, useRef, useState } from "preact/hooks";
import { download } from "../parts/download.ts";
import { sentenceOf, service } from "../service/connection.ts";
import { csvOf, jsonLinesOf, type RunLogOf } from "./export-runs.ts";
import { eventsBetween } from "./followed-run.ts";

const formats = [
  ["CSV", "csv", "text/csv", csvOf],
  ["JSON lines", "jsonl", "application/jsonl", jsonLinesOf],
] as const;

/** Downloads the whole logs, as far as they are when the button is pressed. */
export function ExportButtons({ runs }: { readonly runs: readonly Run[] }) {
  const [status, setStatus] = useState("");
  const controller = useRef<AbortController | undefined>(undefined);
  useEffect(() => () => controller.current?.abort(), []);
  const start = async ([, ending, type, write]: (typeof formats)[number]) => {
    const current = new AbortController();
    controller.current = current;
    const logs: RunLogOf[] = [];
    try {
      for (const { id } of runs) {
        setStatus("Reading…");
        const run = await service.run(id, { signal: current.signal });
        const range = { after: run.firstSeq - 1, last: run.lastSeq, signal: current.signal };
        const events: RunEvent[] = [];
        for await (const event of eventsBetween(id, range)) {
          events.push(event);
          if (events.length % 1_000 === 0)
            setStatus(`Reading: ${countText(events.length)} of ${countText(run.lastSeq)} events`);
        }
        logs.push({ run, events });
      }
      if (current.signal.aborted) return;
      download(`${runs.length === 1 ? `run-${runs[0]?.id}` : "runs"}.${ending}`, type, write(logs));
      setStatus("");
    } catch (error) {
      if (!current.signal.aborted) setStatus(sentenceOf(error));
    }
    controller.current = undefined;
  };
  const stop = () => {
    controller.current?.abort();
    controller.current = undefined;
    setStatus("");
  };
  const isReading = controller.current !== undefined;
  return (
    <section class="stack" aria-labelledby="export-title">
      <h2 id="export-title">Download</h2>
      <div class="row">
        {formats.map((format) => (
          <button
            key={format[1]}
            type="button"
            class="button small"
            disabled={isReading}
            onClick={() => void start(format)}
          >
            {format[0]}
          </button>
        ))}
        {isReading && (
          <button type="button" class="button small" onClick={stop}>
            Stop
          </button>
        )}
      </div>
      <p class="soft small number" role="status">
        {status}
      </p>
    </section>
  );
}

function countText(count: number): string {
  return count.toLocaleString("en");
}
