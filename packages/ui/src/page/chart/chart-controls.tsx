import { goTo, linkTo, type View } from "../routing/router.ts";
import type { Axis } from "./curve.ts";
import { type ChartSettings, mostSmoothing, settingsFrom } from "./settings.ts";

export function changeSettings({ segments, query }: View, changed: Partial<ChartSettings>): void {
  const { axis, smoothing, log, part } = { ...settingsFrom(query), ...changed };
  const x = axis === "time" && axis;
  goTo(linkTo(segments, { run: query.getAll("run"), x, smooth: smoothing || "", log, part }), { replace: true });
}

/** How all charts of a view are drawn. */
export function ChartControls({ view }: { readonly view: View }) {
  const { axis, smoothing, log, part } = settingsFrom(view.query);
  const parts = [
    ["", "All"],
    ["0.5", "Last half"],
    ["0.1", "Last tenth"],
  ] as const;
  return (
    <div class="row chart-controls">
      <label>
        Axis{" "}
        <select
          class="select small"
          value={axis}
          onChange={({ currentTarget }) => changeSettings(view, { axis: currentTarget.value as Axis, part: "" })}
        >
          <option value="step">Step</option>
          <option value="time">Time since the start</option>
        </select>
      </label>
      <label>
        Part{" "}
        <select
          class="select small"
          value={part}
          onChange={({ currentTarget }) => changeSettings(view, { part: currentTarget.value })}
        >
          {parts.map(([value, title]) => (
            <option key={value} value={value}>
              {title}
            </option>
          ))}
          {parts.every(([value]) => value !== part) && <option value={part}>Selected</option>}
        </select>
      </label>
      <label>
        Smoothing{" "}
        <input
          type="range"
          max={mostSmoothing}
          step="0.03"
          value={smoothing}
          onInput={({ currentTarget }) => changeSettings(view, { smoothing: Number(currentTarget.value) })}
        />{" "}
        <span class="number">{smoothing.toFixed(2)}</span>
      </label>
      <label>
        <input
          type="checkbox"
          checked={log}
          onChange={({ currentTarget }) => changeSettings(view, { log: currentTarget.checked })}
        />{" "}
        Logarithmic
      </label>
    </div>
  );
}
