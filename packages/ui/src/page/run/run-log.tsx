import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { showToast } from "../parts/toasts.tsx";
import { sentenceOf } from "../service/connection.ts";
import type { FollowedRun } from "./followed-run.ts";
import { type LineLevel, levelOf, logLevels, matches, textOf } from "./log-text.ts";

/** How many lines are shown, and how many more with each request. */
const portion = 300;
/** In pixels. */
const nearEnd = 8;

/** The log of a run: the last lines that match, and older ones on request. */
export function RunLog({ followed }: { readonly followed: FollowedRun }) {
  void followed.version.value;
  const [level, setLevel] = useState<LineLevel>("debug");
  const [search, setSearch] = useState("");
  const [mostRows, setMostRows] = useState(portion);
  /** The event up to which lines are shown, so that reading is not disturbed by new ones. Undefined: follow the newest. */
  const [until, setUntil] = useState<number>();
  const box = useRef<HTMLDivElement>(null);
  const heightBelow = useRef<number | undefined>(undefined);

  const all = followed.log.filter(
    (event) => (until === undefined || event.seq <= until) && matches(event, level, search),
  );
  const rows = all.slice(-mostRows);
  const follow = (follows: boolean) => {
    setUntil(follows ? undefined : followed.log.at(-1)?.seq);
    if (follows) setMostRows(portion);
  };
  useLayoutEffect(() => {
    const element = box.current as HTMLDivElement;
    if (until === undefined) element.scrollTop = element.scrollHeight;
    else if (heightBelow.current !== undefined) element.scrollTop = element.scrollHeight - heightBelow.current;
    heightBelow.current = undefined;
  });
  const showEarlier = async () => {
    setUntil(until ?? followed.log.at(-1)?.seq);
    try {
      if (all.length <= mostRows) await followed.loadEarlier();
    } catch (error) {
      showToast(sentenceOf(error));
    }
    // The lines that are shown stay where they are.
    if (box.current) heightBelow.current = box.current.scrollHeight - box.current.scrollTop;
    setMostRows(mostRows + portion);
  };

  return (
    <section class="card stack" aria-label="Log">
      <div class="row">
        <h2>Log</h2>
        <input
          class="input small"
          type="search"
          placeholder="Search"
          aria-label="Search the log"
          value={search}
          onInput={({ currentTarget }) => setSearch(currentTarget.value)}
        />
        <select
          class="select small"
          aria-label="Least level"
          value={level}
          onChange={({ currentTarget }) => setLevel(currentTarget.value as LineLevel)}
        >
          {logLevels.map((one) => (
            <option key={one} value={one}>
              {one === "debug" ? "All levels" : `${one} and above`}
            </option>
          ))}
        </select>
        <label class="small">
          <input
            type="checkbox"
            checked={until === undefined}
            onChange={({ currentTarget }) => follow(currentTarget.checked)}
          />{" "}
          Follow
        </label>
      </div>
      <div
        class="log"
        ref={box}
        onScroll={({ currentTarget: element }) => {
          const isAtEnd = element.scrollHeight - element.scrollTop - element.clientHeight < nearEnd;
          if (isAtEnd !== (until === undefined)) follow(isAtEnd);
        }}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Lines of the log"
      >
        {(all.length > mostRows || followed.hasEarlier) && (
          <button type="button" class="button small" onClick={() => void showEarlier()}>
            Earlier lines
          </button>
        )}
        {rows.length === 0 && <p class="soft">{search === "" ? "No lines yet." : "No line matches."}</p>}
        {rows.map((event) => (
          <p key={event.seq} class={`log-line ${levelOf(event)}`}>
            <time dateTime={event.at}>{new Date(event.at).toLocaleTimeString("en-GB", clock)}</time>
            <span class="log-level">{levelOf(event)}</span>
            <span class="log-text">{textOf(event)}</span>
          </p>
        ))}
      </div>
    </section>
  );
}

const clock = { timeStyle: "medium" } as const;
