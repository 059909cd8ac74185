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
  /** The event up to which lines are shown, so that reading is not disturbed by new ones. Undefined: follow the newest. */
  const [until, setUntil] = useState<number>();
  const [loading, setLoading] = useState(false);
  const [error, setError] = useState("");
  const box = useRef<HTMLDivElement>(null);

  const all = followed.log.lines.filter((line) => matches(line, { levels, search }));
  const end = until === undefined ? all.length : all.findLastIndex(({ seq }) => seq <= until) + 1;
  const start = Math.max(0, end - mostRows);
  const rows = all.slice(start, end);

  const endTop = useRef(0);
  const kept = useRef<{ readonly seq: number; readonly top: number } | undefined>(undefined);
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    if (until === undefined) {
      // Otherwise the reader has scrolled up just now, and the event of it is still to come.
      if (element.scrollTop >= endTop.current - nearEnd || isNearEnd(element)) element.scrollTop = element.scrollHeight;
      endTop.current = element.scrollTop;
    } else if (kept.current) {
      const line = element.querySelector<HTMLElement>(`[data-seq="${kept.current.seq}"]`);
      if (line) element.scrollTop += line.offsetTop - kept.current.top;
    }
    kept.current = undefined;
  });

  /** Shows other lines, and leaves the line at `index` where it is. */
  const showUntil = (seq: number | undefined, index: number) => {
    const line = rows[index];
    const element = line && box.current?.querySelector<HTMLElement>(`[data-seq="${line.seq}"]`);
    if (line && element) kept.current = { seq: line.seq, top: element.offsetTop };
    setUntil(seq);
  };
  const showEarlier = async () => {
    if (start > 0) {
      showUntil(all[Math.max(mostRows, end - pageRows) - 1]?.seq, 0);
      return;
    }
    setUntil(rows.at(-1)?.seq);
    setLoading(true);
    setError("");
    try {
      await followed.loadEarlier();
      showUntil(rows[pageRows]?.seq ?? rows.at(-1)?.seq, 0);
    } catch (thrown) {
      setError(sentenceOf(thrown));
    }
    setLoading(false);
  };
  const showLater = () => showUntil(all[end + pageRows - 1]?.seq, rows.length - 1);
  const follow = (follows: boolean) => {
    if (follows) endTop.current = 0;
    setUntil(follows ? undefined : rows.at(-1)?.seq);
  };
  const onScroll = ({ currentTarget: element }: { readonly currentTarget: HTMLElement }) => {
    if (isNearEnd(element)) {
      if (end === all.length) follow(true);
    } else if (until === undefined) follow(false);
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
              checked={until === undefined}
              onChange={({ currentTarget }) => follow(currentTarget.checked)}
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
          <p key={line.seq} data-seq={line.seq} class={`log-line ${line.level}`}>
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

/** In pixels. */
const nearEnd = 8;

function isNearEnd(element: HTMLElement): boolean {
  return element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd;
}

function emptyText({ log: { lines, hasEarlier }, logVersion }: FollowedRun): string {
  if (logVersion.value === 0) return "Loading…";
  if (lines.length > 0) return "No line matches.";
  return hasEarlier ? "The last events were reports only." : "No lines yet.";
}

/** Local time with milliseconds. */
function clockText(at: string): string {
  const date = new Date(at);
  const two = (value: number) => String(value).padStart(2, "0");
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, "0")}`;
}
