// The last calls, to look at and to try again.
import type { JsonObject } from "@deepaas/core";
import { Badge } from "../parts/badge.tsx";
import { durationText, timeText } from "../parts/texts.ts";
import type { CallRecord } from "./call-history.ts";

interface HistoryPanelProps {
  readonly records: readonly CallRecord[];
  readonly onRestore: (args: JsonObject, record: CallRecord) => void;
  readonly onClear: () => void;
}

export function HistoryPanel({ records, onRestore, onClear }: HistoryPanelProps) {
  if (records.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="history-title">
      <div class="row spread">
        <h2 id="history-title">Your last calls</h2>
        <button type="button" class="button quiet small" onClick={onClear}>
          Clear
        </button>
      </div>
      <ul class="plain history">
        {records.map((record) => (
          <li key={record.at}>
            <div class="row full">
              <Badge tone={record.status === "ok" ? "good" : record.status === "cancelled" ? "" : "bad"}>
                {record.status}
              </Badge>
              <span class="small soft grow">
                {timeText(record.at)} · {durationText(record.ms)}
              </span>
              {record.args && (
                <button
                  type="button"
                  class="button small"
                  aria-label={`Use again: the call of ${timeText(record.at)}`}
                  onClick={() => onRestore(record.args ?? {}, record)}
                >
                  Use again
                </button>
              )}
            </div>
            <p class="history-text">{record.summary}</p>
            <p class="history-text mono soft">
              {[...record.files, ...(record.args ? [JSON.stringify(record.args)] : [])].join(", ")}
            </p>
          </li>
        ))}
      </ul>
      <p class="small soft">They are kept in this browser only, without files and secrets.</p>
    </section>
  );
}
