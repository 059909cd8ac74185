import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { sentenceOf } from "../service/connection.ts";
import type { FollowedRun } from "./followed-run.ts";
import { type LogLine, logLevels, matches } from "./log-lines.ts";

/** Most lines in the document. */
const mostRows = 500;
const pageRows = 250;

/** The log of a run: the last lines that match, and older ones on request. */
export function RunLog({ followed }: { readonly followed: FollowedRun }) {
  void followed.logVersion.value;
  const [levels, setLevels] = useState<ReadonlySet<LogLine["level"]>>(new Set(logLevels));
  const [search, setSearch] = useState("");
  const [follows, setFollows] = useState(true);
  /** The event of the last line that is shown; undefined: the newest. */
  const [until, setUntil] = useState<number>();
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState("");
  const box = useRef<HTMLDivElement>(null);

  const all = followed.log.lines.filter((line) => matches(line, { levels, search }));
  const end = until === undefined ? all.length : all.findLastIndex(({ seq }) => seq <= until) + 1;
  const start = Math.max(0, end - mostRows);
  const rows = all.slice(start, end);

  useLayoutEffect(() => {
    const element = box.current;
    if (element && follows && until === undefined) element.scrollTop = element.scrollHeight;
  });

  const showEarlier = async () => {
    setFollows(false);
    if (start > 0) {
      setUntil(all[Math.max(mostRows, end - pageRows) - 1]?.seq);
      return;
    }
    setUntil(rows.at(-1)?.seq);
    setLoading(true);
    setError("");
    try {
      await followed.loadEarlier();
      setUntil(rows[pageRows]?.seq ?? rows.at(-1)?.seq);
    } catch (thrown) {
      setError(sentenceOf(thrown));
    }
    setLoading(false);
  };
  const showLater = () => {
    const next = all[end + pageRows - 1]?.seq;
    setUntil(next);
  };
  const toEnd = () => {
    setUntil(undefined);
    setFollows(true);
  };
  const onScroll = () => {
    const element = box.current;
    if (!element) return;
    setFollows(element.scrollHeight - element.scrollTop - element.clientHeight < 8);
  };

  return (
    <section class="card stack" aria-labelledby="run-log-title">
      <div class="row">
        <h2 id="run-log-title">Log</h2>
        <div class="row log-end">
          <input
            class="input small"
            type="search"
            placeholder="Search"
            aria-label="Search the log"
            value={search}
            onInput={({ currentTarget }) => setSearch(currentTarget.value)}
          />
          <label class="row small">
            <input
              type="checkbox"
              checked={follows}
              onChange={({ currentTarget }) => (currentTarget.checked ? toEnd() : setFollows(false))}
            />
            Follow
          </label>
        </div>
      </div>
      <fieldset class="row small log-levels">
        <legend class="visually-hidden">Levels</legend>
        {logLevels.map((level) => (
          <label class="row" key={level}>
            <input
              type="checkbox"
              checked={levels.has(level)}
              onChange={({ currentTarget }) => {
                const next = new Set(levels);
                if (currentTarget.checked) next.add(level);
                else next.delete(level);
                setLevels(next);
              }}
            />
            {level}
          </label>
        ))}
      </fieldset>
      <div
        class="log"
        ref={box}
        onScroll={onScroll}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Lines of the log"
      >
        {(start > 0 || followed.log.hasEarlier) && (
          <button type="button" class="button small" disabled={loading} onClick={() => void showEarlier()}>
            {loading ? "Loading…" : "Load earlier lines"}
          </button>
        )}
        {rows.length === 0 && <p class="soft">{emptyText(followed)}</p>}
        {rows.map((line) => (
          <p key={line.seq} class={`log-line ${line.level}`}>
            <time dateTime={line.at} title={line.at}>
              {clockText(line.at)}
            </time>
            <span class="log-level">{line.level}</span>
            <span class="log-text">{line.text}</span>
          </p>
        ))}
        {end < all.length && (
          <button type="button" class="button small" onClick={showLater}>
            Later lines
          </button>
        )}
      </div>
      {error !== "" && <p role="alert">{error}</p>}
    </section>
  );
}

function emptyText({ log: { lines, hasEarlier } }: FollowedRun): string {
  if (lines.length > 0) return "No line matches.";
  return hasEarlier ? "The last events were reports only." : "No lines yet.";
}

/** Local time with milliseconds. */
function clockText(at: string): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
