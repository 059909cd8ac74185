import { type ChartSettings, mostSmoothing } from "./settings.ts";

export interface ChartControlsProps {
  readonly settings: ChartSettings;
  readonly onChange: (changed: Partial<ChartSettings>) => void;
}

/** How all charts of a view are drawn. */
export function ChartControls({ settings, onChange }: ChartControlsProps) {
  const { axis, smoothing, log, from, to } = settings;
  const unit = axis === "time" ? "seconds" : "step";
  return (
    <form class="chart-controls" aria-label="Charts" onSubmit={(event) => event.preventDefault()}>
      <label class="row">
        Axis
        <select
          class="select small"
          value={axis}
          onChange={({ currentTarget }) =>
            onChange({ axis: currentTarget.value === "time" ? "time" : "step", from: undefined, to: undefined })
          }
        >
          <option value="step">Step</option>
          <option value="time">Time since the start</option>
        </select>
      </label>
      <label class="row">
        Smoothing
        <input
          type="range"
          min="0"
          max={mostSmoothing}
          step="0.01"
          value={smoothing}
          onInput={({ currentTarget }) => onChange({ smoothing: Number(currentTarget.value) })}
        />
        <span class="number chart-smoothing">{smoothing.toFixed(2)}</span>
      </label>
      <label class="row">
        <input
          type="checkbox"
          checked={log}
          onChange={({ currentTarget }) => onChange({ log: currentTarget.checked })}
        />
        Logarithmic
      </label>
      <fieldset class="row chart-range">
        <legend class="visually-hidden">Part of the axis</legend>
        <RangeEnd title={`From ${unit}`} value={from} onChange={(value) => onChange({ from: value })} />
        <RangeEnd title={`to ${unit}`} value={to} onChange={(value) => onChange({ to: value })} />
        <button
          type="button"
          class="button small"
          disabled={from === undefined && to === undefined}
          onClick={() => onChange({ from: undefined, to: undefined })}
        >
          Reset zoom
        </button>
      </fieldset>
    </form>
  );
}

interface RangeEndProps {
  readonly title: string;
  readonly value: number | undefined;
  readonly onChange: (value: number | undefined) => void;
}

function RangeEnd({ title, value, onChange }: RangeEndProps) {
  return (
    <label class="row">
      {title}
      <input
        class="input small number"
        type="number"
        step="any"
        value={value === undefined ? "" : Number(value.toPrecision(7))}
        onChange={({ currentTarget }) => onChange(currentTarget.value === "" ? undefined : currentTarget.valueAsNumber)}
      />
    </label>
  );
}
