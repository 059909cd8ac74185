// One chart of uPlot: what it draws, in the colours of the theme.
import type uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { durationText, numberText } from "../parts/texts.ts";
import { type Curve, curveOf, smooth } from "./curve.ts";
import type { Points } from "./points.ts";
import { type ChartSettings, rangeOf } from "./settings.ts";

/** One metric of one run. */
export interface ChartLine {
  readonly run: string;
  readonly label: string;
  /** From 0; each has its colour, and every second one is dashed. */
  readonly style: number;
  readonly points: Points;
  /** Where its time axis starts, in milliseconds since 1970. */
  readonly origin: number;
}

let library: typeof uPlot;

/** Loads uPlot, which only views with charts need. */
export async function loadPlots(): Promise<void> {
  library ??= (await import("uplot")).default;
}

export const colorOf = (style: number) => `var(--series-${(style % 10) + 1})`;
export const isDashed = (style: number) => style % 2 === 1;

const height = 220;
const font = "12px system-ui, sans-serif";
/** Distances between the labels of a time axis, in seconds. */
const timeSteps = [1, 5, 15, 60, 300, 900, 3_600, 10_800, 43_200, 86_400, 432_000, 2_592_000];

/** Draws into `host`, and is made anew when its lines or their kind change. */
export class Plot {
  readonly #host: HTMLElement;
  readonly #onPart: (part: string) => void;
  #chart: uPlot | undefined;
  #kind = "";
  #range: [number, number] = [0, 1];
  #curves: readonly Curve[] = [];

  /** `onPart` is called with the part that the pointer has selected. */
  constructor(host: HTMLElement, onPart: (part: string) => void) {
    this.#host = host;
    this.#onPart = onPart;
  }

  draw(lines: readonly ChartLine[], settings: ChartSettings): void {
    const hasSteps = lines.some(({ points }) => points.list.some(({ step }) => !Number.isNaN(step)));
    const axis = hasSteps ? settings.axis : "time";
    const log = settings.log && lines.some(({ points }) => points.max > 0);
    const { smoothing } = settings;
    this.#curves = lines.map(({ points, origin }) => curveOf(points.list, axis, origin));
    const ends = this.#curves.flatMap(({ x }) => [x[0] ?? 0, x.at(-1) ?? 0]);
    this.#range = rangeOf(settings.part, Math.min(...ends), Math.max(...ends));
    const shown = (y: readonly number[]) =>
      y.map((value) => (Number.isFinite(value) && (!log || value > 0) ? value : null));
    // A smoothed line has its values behind it. Gaps reach from value to value, also where other lines have points in between.
    const tables = this.#curves.map(({ x, y }) => [
      x,
      shown(y),
      ...(smoothing > 0 ? [shown(smooth({ x, y }, smoothing))] : []),
    ]);
    const data = library.join(
      tables as uPlot.AlignedData[],
      tables.map((table) => table.map(() => 2)),
    );
    const width = Math.max(50, this.#host.clientWidth);
    const kind = JSON.stringify([axis, log, smoothing > 0, lines.map(({ run, style }) => [run, style])]);
    if (!this.#chart || kind !== this.#kind) {
      this.destroy();
      this.#kind = kind;
      const kept = { lines, isTime: axis === "time", log, smoothed: smoothing > 0 };
      this.#chart = new library({ width, height, ...this.#options(kept) }, data, this.#host);
      return;
    }
    if (this.#chart.width !== width) this.#chart.setSize({ width, height });
    this.#chart.setData(data);
  }

  destroy(): void {
    this.#chart?.destroy();
    this.#chart = undefined;
  }

  #options(kind: Kind): Omit<uPlot.Options, "width" | "height"> {
    const { lines, isTime, log, smoothed } = kind;
    const axis = {
      stroke: () => canvasColor("var(--ink-soft)"),
      font,
      grid: { stroke: () => canvasColor("var(--line)"), width: 1 },
      ticks: { show: false },
    };
    const xText = (x: number) => (isTime ? durationText(x * 1_000) : x.toLocaleString("en"));
    return {
      padding: [12, 12, 0, 0],
      scales: { x: { time: false, range: () => this.#range }, y: log ? { distr: 3 } : {} },
      axes: [
        { ...axis, size: 28, space: 80, values: (_chart, xs) => xs.map(xText), ...(isTime && { incrs: timeSteps }) },
        {
          ...axis,
          size: (_chart, texts) => 14 + 7 * Math.max(3, ...(texts ?? []).map((text) => text.length)),
          // A logarithmic axis has null where a label would be in the way of another one.
          values: (_chart, ys) => ys.map((y) => (y === null ? "" : numberText(y))),
        },
      ],
      series: [
        { label: isTime ? "Time" : "Step", value: ({ data: [xs] }, x) => xText(x ?? xs.at(-1) ?? 0) },
        ...lines.flatMap((line) => seriesOf(line, kind)),
      ],
      legend: {
        markers: { stroke: (_chart, i) => colorOf((lines[Math.ceil(i / (smoothed ? 2 : 1)) - 1] as ChartLine).style) },
      },
      cursor: {
        y: false,
        drag: { setScale: false },
        sync: { key: "charts", setSeries: false },
        bind: {
          dblclick: () => () => {
            this.#onPart("");
            return null;
          },
        },
      },
      hooks: { draw: [(chart) => this.#drawMarks(chart)], setSelect: [(chart) => this.#select(chart)] },
    };
  }

  #select(chart: uPlot): void {
    const { left, width } = chart.select;
    if (width < 4) return;
    const ends = [left, left + width].map((place) => Number(chart.posToVal(place, "x").toPrecision(6)));
    chart.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#onPart(ends.join("_"));
  }

  /** Marks the attempts, in a chart of one run. */
  #drawMarks(chart: uPlot): void {
    const { ctx, bbox } = chart;
    if (this.#curves.length > 1) return;
    ctx.save();
    ctx.strokeStyle = ctx.fillStyle = canvasColor("var(--ink-soft)");
    ctx.lineWidth = devicePixelRatio;
    ctx.font = `${11 * devicePixelRatio}px system-ui, sans-serif`;
    ctx.textBaseline = "top";
    ctx.setLineDash([4, 4]);
    for (const { x, attempt } of this.#curves[0]?.marks ?? []) {
      const left = chart.valToPos(x, "x", true);
      if (left < bbox.left || left > bbox.left + bbox.width) continue;
      ctx.beginPath();
      ctx.moveTo(left, bbox.top);
      ctx.lineTo(left, bbox.top + bbox.height);
      ctx.stroke();
      ctx.textAlign = left > bbox.left + bbox.width / 2 ? "right" : "left";
      ctx.fillText(` attempt ${attempt} `, left, bbox.top);
    }
    ctx.restore();
  }
}

interface Kind {
  readonly lines: readonly ChartLine[];
  readonly isTime: boolean;
  readonly log: boolean;
  readonly smoothed: boolean;
}

/** The legend shows what was reported: under the pointer, or last. */
function seriesOf({ label, style, points }: ChartLine, { lines, smoothed }: Kind): readonly uPlot.Series[] {
  const line: uPlot.Series = {
    label,
    stroke: () => canvasColor(colorOf(style)),
    dash: lines.length > 1 && isDashed(style) ? [8, 4] : [],
    value: ({ cursor }, value) => {
      const reported = cursor.idx == null ? points.list.at(-1)?.value : value;
      return reported == null ? "–" : numberText(reported);
    },
  };
  if (!smoothed) return [{ ...line, width: 2 }];
  return [
    { ...line, width: 1, alpha: 0.35, points: { show: false } },
    { ...line, width: 2, class: "no-legend" },
  ];
}

let probe: HTMLElement | undefined;

/** Returns a colour of the theme for a canvas, which cannot read `light-dark()` or `var()`. */
function canvasColor(color: string): string {
  if (!probe) {
    probe = document.createElement("span");
    probe.hidden = true;
    document.body.append(probe);
  }
  probe.style.color = color;
  return getComputedStyle(probe).color;
}
