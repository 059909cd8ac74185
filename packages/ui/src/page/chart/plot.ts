// One uPlot chart in an element: made once per set of lines, and given new data as often as it is drawn.
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { axisNumber, axisTime, timeSteps } from "./axis-text.ts";
import type { ChartContent, ContentSeries } from "./chart-content.ts";
import { colorOf } from "./colors.ts";
import type { Range } from "./decimate.ts";

export type PlotLibrary = typeof uPlot;

/** The values under the pointer: one for each line, undefined where the line has none. */
export interface Pointed {
  readonly x: number;
  readonly values: ReadonlyMap<string, number>;
}

export interface PlotOptions {
  /** Charts of one group show the same place under the pointer. */
  readonly group: string;
  readonly onPointed: (pointed: Pointed | undefined) => void;
  /** Undefined: the whole axis. */
  readonly onRange: (range: Range | undefined) => void;
}

const height = 220;
const font = "12px system-ui, sans-serif";

export class Plot {
  readonly #library: PlotLibrary;
  readonly #host: HTMLElement;
  readonly #options: PlotOptions;
  #chart: uPlot | undefined;
  #structure = "";
  #content: ChartContent | undefined;

  constructor(library: PlotLibrary, host: HTMLElement, options: PlotOptions) {
    this.#library = library;
    this.#host = host;
    this.#options = options;
  }

  show(content: ChartContent): void {
    const structure = JSON.stringify([
      content.axis,
      content.log,
      content.series.map(({ line, role }) => [line.key, role, line.color]),
    ]);
    this.#content = content;
    const data = [content.x, ...content.rows] as uPlot.AlignedData;
    if (this.#chart && structure === this.#structure) {
      this.resize();
      this.#chart.setData(data);
      return;
    }
    this.#chart?.destroy();
    this.#structure = structure;
    this.#chart = new this.#library(this.#chartOptions(content), data, this.#host);
  }

  resize(): void {
    const width = this.#host.clientWidth;
    if (this.#chart && width > 0 && this.#chart.width !== width) this.#chart.setSize({ width, height });
  }

  /** Draws again in the colours of the theme. */
  recolor(): void {
    this.#chart?.redraw(false, true);
  }

  destroy(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
  }

  #chartOptions({ axis, log, series }: ChartContent): uPlot.Options {
    const axisOptions = {
      stroke: () => colorOf("--ink-soft"),
      font,
      grid: { stroke: () => colorOf("--line"), width: 1 },
      ticks: { stroke: () => colorOf("--line"), width: 1, size: 4 },
    };
    return {
      width: Math.max(50, this.#host.clientWidth),
      height,
      padding: [12, 12, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: false, range: () => [this.#content?.range.from ?? 0, this.#content?.range.to ?? 1] },
        y: log ? { distr: 3, log: 10 } : {},
      },
      axes: [
        {
          ...axisOptions,
          size: 28,
          gap: 4,
          space: axis === "time" ? 72 : 56,
          values: (_chart, values) => values.map(axis === "time" ? axisTime : axisNumber),
          ...(axis === "time" && { incrs: [...timeSteps] }),
        },
        {
          ...axisOptions,
          size: (_chart, values) => 14 + 7 * Math.max(3, ...(values ?? []).map((value) => value?.length ?? 0)),
          gap: 4,
          space: 32,
          // A logarithmic axis has null where a label would be in the way of another one.
          values: (_chart, values) => values.map((value) => (value === null ? "" : axisNumber(value))),
        },
      ],
      series: [{}, ...series.map(seriesOptions)],
      cursor: this.#cursorOptions(),
      hooks: {
        draw: [(chart) => this.#drawMarks(chart)],
        setCursor: [(chart) => this.#options.onPointed(pointedAt(chart, series))],
        setSelect: [(chart) => this.#select(chart)],
      },
    };
  }

  #cursorOptions(): uPlot.Cursor {
    return {
      y: false,
      points: { size: 7 },
      drag: { x: true, y: false, setScale: false },
      // A part is selected in one chart; the others are told of it as a range.
      sync: {
        key: this.#options.group,
        setSeries: false,
        filters: { pub: (type) => type.startsWith("mousem") || type.startsWith("mousel") },
      },
      bind: {
        dblclick: () => () => {
          this.#options.onRange(undefined);
          return null;
        },
      },
    };
  }

  #select(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < 4) return;
    const from = chart.posToVal(left, "x");
    const to = chart.posToVal(left + width, "x");
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    if (from < to) this.#options.onRange({ from, to });
  }

  #drawMarks(chart: uPlot): void {
    const { ctx, bbox } = chart;
    const content = this.#content;
    if (!content) return;
    const ratio = devicePixelRatio;
    ctx.save();
    ctx.beginPath();
    ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
    ctx.clip();
    ctx.strokeStyle = colorOf("--line-strong");
    ctx.fillStyle = colorOf("--ink-soft");
    ctx.lineWidth = ratio;
    ctx.font = `${11 * ratio}px system-ui, sans-serif`;
    ctx.setLineDash([4 * ratio, 3 * ratio]);
    ctx.textAlign = "left";
    ctx.textBaseline = "top";
    let labelEnd = Number.NEGATIVE_INFINITY;
    for (const { x, label } of content.attempts) {
      const left = Math.round(chart.valToPos(x, "x", true)) + 0.5;
      if (left < bbox.left || left > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(left, bbox.top);
      ctx.lineTo(left, bbox.top + bbox.height);
      ctx.stroke();
      const width = ctx.measureText(label).width;
      const isNearEnd = left + width + 8 * ratio > bbox.left + bbox.width;
      const start = isNearEnd ? left - width - 4 * ratio : left + 4 * ratio;
      if (start < labelEnd) continue;
      ctx.fillText(label, start, bbox.top + 2 * ratio);
      labelEnd = start + width + 8 * ratio;
    }
    ctx.setLineDash([]);
    ctx.strokeStyle = colorOf("--bad");
    ctx.lineWidth = 1.5 * ratio;
    const arm = 3.5 * ratio;
    const y = bbox.top + bbox.height - arm - 2 * ratio;
    let last = Number.NEGATIVE_INFINITY;
    ctx.beginPath();
    for (const value of content.nonFinite) {
      const x = chart.valToPos(value, "x", true);
      if (Math.abs(x - last) < arm) continue;
      last = x;
      ctx.moveTo(x - arm, y - arm);
      ctx.lineTo(x + arm, y + arm);
      ctx.moveTo(x + arm, y - arm);
      ctx.lineTo(x - arm, y + arm);
    }
    ctx.stroke();
    ctx.restore();
  }
}

function seriesOptions({ line, role }: ContentSeries): uPlot.Series {
  return {
    label: line.label,
    stroke: () => colorOf(`--series-${line.color}`),
    width: role === "line" ? 1.75 : 1,
    alpha: role === "line" ? 1 : role === "raw" ? 0.3 : 0.55,
    dash: [...(role === "replaced" ? [2, 3] : role === "line" ? line.dash : [])],
    points: role === "line" ? { size: 4 } : { show: false },
  };
}

/** The raw value of a smoothed line is what was reported. */
function pointedAt(chart: uPlot, series: readonly ContentSeries[]): Pointed | undefined {
  const { idx, idxs, left } = chart.cursor;
  if (idx == null || !idxs || left == null || left < 0) return undefined;
  const values = new Map<string, number>();
  let x = chart.data[0][idx] as number;
  for (const [i, { line, role }] of series.entries()) {
    const at = idxs[i + 1];
    const value = at == null ? undefined : chart.data[i + 1]?.[at];
    if (role === "replaced" || value == null || at == null) continue;
    if (series.length <= 2) x = chart.data[0][at] as number;
    if (role === "raw" || !values.has(line.key)) values.set(line.key, value);
  }
  return { x, values };
}
