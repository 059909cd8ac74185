import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useRef, useState } from "preact/hooks";
import { numberText } from "../parts/texts.ts";
import { axisTime } from "./axis-text.ts";
import { type ChartContent, type ChartLine, chartContent } from "./chart-content.ts";
import { onColors } from "./colors.ts";
import type { Columns } from "./columns.ts";
import type { Axis } from "./curve.ts";
import type { Range } from "./decimate.ts";
import { requestDraw } from "./draw-queue.ts";
import { Plot, type Pointed } from "./plot.ts";
import { plotLibrary } from "./plot-library.ts";
import type { ChartSettings } from "./settings.ts";
import { Swatch } from "./swatch.tsx";
import { ValuesTable } from "./values-table.tsx";

export interface MetricChartProps {
  readonly name: string;
  readonly lines: readonly ChartLine[];
  readonly settings: ChartSettings;
  /** Changes with the columns of the lines. */
  readonly version: ReadonlySignal<number>;
  readonly onRange: (range: Range | undefined) => void;
}

/** The curves of one metric, as a picture and as numbers. */
export function MetricChart({ name, lines, settings, version, onRange }: MetricChartProps) {
  const [isVisible, setVisible] = useState(false);
  // Read to be drawn again when it changes.
  if (isVisible) void version.value;
  const host = useRef<HTMLDivElement>(null);
  const readout = useRef<HTMLParagraphElement>(null);
  const [content, setContent] = useState<ChartContent>();
  const latest = useRef({ lines, settings, onRange });
  latest.current = { lines, settings, onRange };
  const draw = useRef<() => void>(() => {});

  useEffect(() => {
    const element = host.current as HTMLDivElement;
    let plot: Plot | undefined;
    let shown: ChartContent | undefined;
    let isNear = false;
    let cancelDraw = () => {};
    const drawNow = () => {
      if (!plot || !isNear || element.clientWidth === 0) return;
      const next = chartContent(latest.current.lines, latest.current.settings, element.clientWidth);
      plot.show(next);
      if (shown?.axis !== next.axis || shown.log !== next.log || shown.notPositive !== next.notPositive)
        setContent(next);
      shown = next;
    };
    draw.current = () => {
      cancelDraw = requestDraw(drawNow);
    };
    const onPointed = (pointed: Pointed | undefined) => {
      if (readout.current) showPointed(readout.current, pointed, shown?.axis ?? "step");
    };
    let ended = false;
    void plotLibrary().then((library) => {
      if (ended) return;
      plot = new Plot(library, element, {
        group: "charts",
        onPointed,
        onRange: (range) => latest.current.onRange(range),
      });
      draw.current();
    });
    const size = new ResizeObserver(() => draw.current());
    size.observe(element);
    const visible = new IntersectionObserver(
      (entries) => {
        isNear = entries.at(-1)?.isIntersecting ?? false;
        setVisible(isNear);
        if (isNear) draw.current();
      },
      { rootMargin: "200px" },
    );
    visible.observe(element);
    const endColors = onColors(() => plot?.recolor());
    return () => {
      ended = true;
      cancelDraw();
      size.disconnect();
      visible.disconnect();
      endColors();
      plot?.destroy();
    };
  }, []);
  useEffect(() => draw.current());

  return (
    <figure class={lines.length > 1 ? "card chart several" : "card chart"}>
      <figcaption>
        <h3 title={name}>{name}</h3>
        <p class="chart-readout number" ref={readout} aria-hidden="true">
          <span class="chart-x" />
          {lines.map(({ key, color, dash, label, columns }) => (
            <span key={key} class="chart-value" data-line={key} title={label}>
              {lines.length > 1 && <Swatch color={color} dash={dash} />}
              <span class="chart-last">{lastText(columns)}</span>
              <span class="chart-pointed" />
            </span>
          ))}
        </p>
      </figcaption>
      <div class="chart-plot" ref={host} role="img" aria-label={`${name}: ${summaryOf(lines)}`} />
      {content?.axis === "time" && settings.axis === "step" && (
        <p class="soft small">Over time, because it was reported without steps.</p>
      )}
      {settings.log && content?.log === false && (
        <p class="soft small">Not logarithmic, because no value is above zero.</p>
      )}
      {content !== undefined && content.notPositive > 0 && (
        <p class="soft small">{content.notPositive.toLocaleString("en")} values are not above zero and not shown.</p>
      )}
      <ValuesTable name={name} lines={lines} />
    </figure>
  );
}

function lastText({ last }: Columns): string {
  return last ? numberText(last.value) : "";
}

function summaryOf(lines: readonly ChartLine[]): string {
  const one = ({ label, columns: { last, min, max, count } }: ChartLine) =>
    `${lines.length > 1 ? `${label}, ` : ""}last ${last ? numberText(last.value) : "none"}${
      min <= max ? `, smallest ${numberText(min)}, largest ${numberText(max)}` : ""
    }, ${count.toLocaleString("en")} values`;
  return lines.map(one).join("; ");
}

/** Without a render: the pointer moves more often than the page should be compared. */
function showPointed(readout: HTMLElement, pointed: Pointed | undefined, axis: Axis): void {
  readout.classList.toggle("pointed", pointed !== undefined);
  const x = readout.querySelector(".chart-x");
  if (x)
    x.textContent = pointed ? (axis === "time" ? axisTime(pointed.x) : `step ${pointed.x.toLocaleString("en")}`) : "";
  for (const element of readout.querySelectorAll<HTMLElement>("[data-line]")) {
    const value = pointed?.values.get(element.dataset.line ?? "");
    const text = element.querySelector(".chart-pointed");
    if (text) text.textContent = value === undefined ? "–" : numberText(value);
  }
}
