// A plot of what `deepaas bench` has measured, as one SVG without scripts: throughput and latency against callers.
import type { Level, Measured } from "./bench-result.ts";

interface Line {
  readonly label: string;
  /** The class of its colour. */
  readonly colour: "one" | "two";
  readonly isDashed: boolean;
  readonly points: readonly { readonly callers: number; readonly value: number }[];
}

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly lines: readonly Line[];
  readonly scale: Scale;
}

/** Where a value is, from 0 at the bottom to 1 at the top, and the values that are written beside the axis. */
interface Scale {
  readonly ticks: readonly number[];
  readonly at: (value: number) => number;
}

const width = 460;
const height = 320;
const margin = { left: 64, right: 20, top: 56, bottom: 52 };
const plotWidth = width - margin.left - margin.right;
const plotHeight = height - margin.top - margin.bottom;
const rowHeight = 18;

const style = `
svg { color-scheme: light dark; font: 12px system-ui, sans-serif; }
.back { fill: #ffffff; } text { fill: #24292f; } .dim { fill: #57606a; }
.grid { stroke: #d8dee4; } .axis { stroke: #57606a; }
.line { fill: none; stroke-width: 2; } .one { stroke: #0550ae; } .two { stroke: #bc4c00; }
.dashed { stroke-dasharray: 6 4; } circle.one { fill: #0550ae; } circle.two { fill: #bc4c00; }
.title { font-size: 14px; font-weight: 600; }
@media (prefers-color-scheme: dark) {
  .back { fill: #0d1117; } text { fill: #e6edf3; } .dim { fill: #9198a1; }
  .grid { stroke: #30363d; } .axis { stroke: #9198a1; }
  .one { stroke: #79c0ff; } .two { stroke: #ffa657; } circle.one { fill: #79c0ff; } circle.two { fill: #ffa657; }
}`;

/** Only measurements with calls that succeeded are shown. */
export function benchPlot(measured: Measured): string {
  const levels = measured.levels.filter(({ calls }) => calls > 0);
  const callers = [...new Set(levels.map((level) => level.callers))].sort((a, b) => a - b);
  const throughput = linesOf(levels, [
    { label: "calls", colour: "one", value: ({ callsPerSecond }) => callsPerSecond },
  ]);
  const latency = linesOf(levels, [
    { label: "p50", colour: "one", value: ({ p50Ms }) => p50Ms },
    { label: "p99", colour: "two", value: ({ p99Ms }) => p99Ms },
  ]);
  const panels = [
    { title: "Throughput", unit: "calls per second", lines: throughput, scale: linearScale(valuesOf(throughput)) },
    { title: "Time of a call", unit: "milliseconds (logarithmic)", lines: latency, scale: logScale(valuesOf(latency)) },
  ];
  const legendRows = Math.max(...panels.map(({ lines }) => lines.length));
  const total = height + legendRows * rowHeight + 40;
  const how =
    measured.url ?? (measured.inline ? "inline" : `${measured.workers} worker${measured.workers === 1 ? "" : "s"}`);
  const title = `${measured.model}, ${how}, ${measured.seconds} s each`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${2 * width} ${total}" width="${2 * width}" height="${total}" role="img" aria-labelledby="title">
<title id="title">${escaped(`Throughput and latency of ${title}`)}</title>
<style>${style}
</style>
<rect class="back" width="100%" height="100%"/>
<text class="title" x="${margin.left}" y="28">${escaped(title)}</text>
${panels.map((panel, i) => panelSvg(panel, callers, i * width)).join("\n")}
</svg>
`;
}

interface LineKind {
  readonly label: string;
  readonly colour: Line["colour"];
  readonly value: (level: Level) => number;
}

/** One line for each kind, or two if batching was on and off. */
function linesOf(levels: readonly Level[], kinds: readonly LineKind[]): readonly Line[] {
  const series = [true, false, undefined].filter((one) => levels.some(({ batching }) => batching === one));
  return series.flatMap((batching) =>
    kinds.map(({ label, colour, value }) => ({
      label: batching === undefined ? label : `${label}, batching ${batching ? "on" : "off"}`,
      colour,
      isDashed: batching === false,
      points: levels
        .filter((level) => level.batching === batching)
        .map((level) => ({ callers: level.callers, value: value(level) }))
        .sort((a, b) => a.callers - b.callers),
    })),
  );
}

function valuesOf(lines: readonly Line[]): readonly number[] {
  return lines.flatMap(({ points }) => points.map(({ value }) => value));
}

/** From 0 to a round number. */
function linearScale(values: readonly number[]): Scale {
  const most = Math.max(1e-9, ...values);
  const power = 10 ** Math.floor(Math.log10(most / 4));
  const step = ([1, 2, 2.5, 5, 10].find((one) => one * power * 4 >= most) ?? 10) * power;
  const count = Math.ceil(most / step - 1e-9);
  return { ticks: Array.from({ length: count + 1 }, (_, i) => i * step), at: (value) => value / (count * step) };
}

/** Whole decades; within one or two of them also 2 and 5. */
function logScale(values: readonly number[]): Scale {
  const known = values.filter((value) => value > 0);
  const bottom = Math.floor(Math.log10(Math.min(...known, 1e9)) + 1e-9);
  const least = known.length > 0 ? bottom : 0;
  const most = Math.max(least + 1, Math.ceil(Math.log10(Math.max(...known, 1e-9)) - 1e-9));
  const factors = most - least <= 2 ? [1, 2, 5] : [1];
  const ticks = Array.from({ length: most - least }, (_, i) => factors.map((one) => one * 10 ** (least + i))).flat();
  return { ticks: [...ticks, 10 ** most], at: (value) => (Math.log10(value) - least) / (most - least) };
}

function panelSvg({ title, unit, lines, scale }: Panel, callers: readonly number[], left: number): string {
  const x = (value: number) => {
    const part = callers.length < 2 ? 0.5 : callers.indexOf(value) / (callers.length - 1);
    return fixed(margin.left + part * plotWidth);
  };
  const y = (value: number) => fixed(margin.top + 20 + (1 - scale.at(value)) * (plotHeight - 20));
  const bottom = margin.top + plotHeight;
  const ticks = scale.ticks.map(
    (tick) =>
      `<line class="grid" x1="${margin.left}" x2="${margin.left + plotWidth}" y1="${y(tick)}" y2="${y(tick)}"/>` +
      `<text class="dim" x="${margin.left - 8}" y="${y(tick)}" dy="4" text-anchor="end">${number(tick)}</text>`,
  );
  const names = callers.map(
    (one) => `<text class="dim" x="${x(one)}" y="${bottom + 18}" text-anchor="middle">${number(one)}</text>`,
  );
  const drawn = lines.map(({ colour, isDashed, points }) => {
    const places = points.map((point) => `${x(point.callers)},${y(point.value)}`);
    const dots = points.map(
      (point) =>
        `<circle class="${colour}" cx="${x(point.callers)}" cy="${y(point.value)}" r="3"><title>${number(point.callers)} callers: ${number(point.value)} ${unit.split(" (")[0]}</title></circle>`,
    );
    return `<polyline class="line ${colour}${isDashed ? " dashed" : ""}" points="${places.join(" ")}"/>${dots.join("")}`;
  });
  const legend = lines.map(({ label, colour, isDashed }, i) => {
    const at = bottom + 62 + i * rowHeight;
    return (
      `<line class="line ${colour}${isDashed ? " dashed" : ""}" x1="${margin.left}" x2="${margin.left + 28}" y1="${at - 4}" y2="${at - 4}"/>` +
      `<text x="${margin.left + 36}" y="${at}">${escaped(label)}</text>`
    );
  });
  return `<g transform="translate(${left} 0)">
<text x="${margin.left}" y="${margin.top + 4}">${title}<tspan class="dim">, ${unit}</tspan></text>
${ticks.join("\n")}
<line class="axis" x1="${margin.left}" x2="${margin.left + plotWidth}" y1="${bottom}" y2="${bottom}"/>
${names.join("\n")}
<text class="dim" x="${margin.left + plotWidth / 2}" y="${bottom + 38}" text-anchor="middle">callers</text>
${drawn.join("\n")}
${legend.join("\n")}
</g>`;
}

function fixed(value: number): string {
  return value.toFixed(1);
}

function number(value: number): string {
  return value.toLocaleString("en-US", { maximumSignificantDigits: 4 });
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
