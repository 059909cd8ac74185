// The last calls, to look at and to try again.
import { Badge } from "../parts/badge.tsx";
import { durationText, timeText } from "../parts/texts.ts";
import type { CallRecord } from "./call-history.ts";

interface HistoryPanelProps {
  readonly records: readonly CallRecord[];
  readonly onRestore: (record: CallRecord) => void;
  readonly onClear: () => void;
}

export function HistoryPanel({ records, onRestore, onClear }: HistoryPanelProps) {
  if (records.length === 0) return null;
  return (
    <section class="card stack" aria-labelledby="history-title">
      <div class="row between">
        <h2 id="history-title">Your last calls</h2>
        <button type="button" class="button quiet small" onClick={onClear}>
          Clear
        </button>
      </div>
      {records.map((record) => {
        const { at, args, files, status, summary, ms } = record;
        return (
          <div class="history" key={at}>
            <div class="row">
              <Badge tone={status === "ok" ? "good" : status === "cancelled" ? "" : "bad"}>{status}</Badge>
              <span class="small soft grow">
                {timeText(at)} · {durationText(ms)}
              </span>
              {args && (
                <button
                  type="button"
                  class="button small"
                  aria-label={`Use again: the call of ${timeText(at)}`}
                  onClick={() => onRestore(record)}
                >
                  Use again
                </button>
              )}
            </div>
            <p>{summary}</p>
            <p class="mono soft">{[...files, args && JSON.stringify(args)].filter(Boolean).join(", ")}</p>
          </div>
        );
      })}
      <p class="small soft">They are kept in this browser only, without files and secrets.</p>
    </section>
  );
}
