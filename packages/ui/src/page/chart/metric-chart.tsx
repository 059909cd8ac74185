// The curves of one metric, as a picture and as numbers.
import { useEffect, useRef, useState } from "preact/hooks";
import { DataTable } from "../parts/data-table.tsx";
import { numberText, timeText } from "../parts/texts.ts";
import { theme } from "../parts/theme.tsx";
import type { View } from "../routing/router.ts";
import { ChartControls, changeSettings } from "./chart-controls.tsx";
import { type ChartLine, Plot } from "./plot.ts";
import { settingsFrom } from "./settings.ts";

interface MetricChartsProps {
  readonly lines: ReadonlyMap<string, readonly ChartLine[]>;
  readonly view: View;
}

/** A chart for each metric, drawn with each render. */
export function MetricCharts({ lines, view }: MetricChartsProps) {
  return (
    <>
      <ChartControls view={view} />
      <div class="charts">
        {[...lines].map(([name, some]) => (
          <MetricChart key={name} name={name} lines={some} view={view} />
        ))}
      </div>
    </>
  );
}

interface MetricChartProps {
  readonly name: string;
  readonly lines: readonly ChartLine[];
  readonly view: View;
}

function MetricChart({ name, lines, view }: MetricChartProps) {
  // Read to be drawn again in other colours.
  void theme.value;
  const host = useRef<HTMLDivElement>(null);
  const draw = useRef(() => {});
  const current = useRef({ lines, view });
  current.current = { lines, view };
  const [showsValues, setShowsValues] = useState(false);
  useEffect(() => {
    const element = host.current as HTMLDivElement;
    const plot = new Plot(element, (part) => changeSettings(current.current.view, { part }));
    let isVisible = false;
    draw.current = () => {
      if (isVisible) plot.draw(current.current.lines, settingsFrom(current.current.view.query));
    };
    const redraw = () => draw.current();
    const visible = new IntersectionObserver((entries) => {
      isVisible = entries.at(-1)?.isIntersecting ?? false;
      redraw();
    });
    visible.observe(element);
    const system = matchMedia("(prefers-color-scheme: dark)");
    system.addEventListener("change", redraw);
    const size = new ResizeObserver(redraw);
    size.observe(element);
    return () => {
      visible.disconnect();
      system.removeEventListener("change", redraw);
      size.disconnect();
      plot.destroy();
    };
  }, []);
  useEffect(() => draw.current());
  const summary = lines.map(summaryOf).join("; ");
  return (
    <figure class="card chart">
      <h2>{name}</h2>
      <div class="chart-plot" ref={host} role="img" aria-label={`${name}: ${summary}`} />
      <details onToggle={({ currentTarget }) => setShowsValues(currentTarget.open)}>
        <summary class="small soft">
          Show values<span class="visually-hidden"> of {name}</span>
        </summary>
        {showsValues && (
          <div class="stack tight">
            <p class="small">{summary}</p>
            <ValuesTable name={name} lines={lines} />
          </div>
        )}
      </details>
    </figure>
  );
}

function summaryOf({ label, points: { list, min, max, count } }: ChartLine): string {
  const last = list.at(-1);
  const extremes = min <= max ? `, smallest ${numberText(min)}, largest ${numberText(max)}` : "";
  return `${label}, last ${last ? numberText(last.value) : "none"}${extremes}, ${count.toLocaleString("en")} values`;
}

const mostRows = 20;

/** The last values of the lines, newest first. */
function ValuesTable({ name, lines }: Omit<MetricChartProps, "view">) {
  const rows = lines.flatMap(({ label, points }) =>
    points.list
      .slice(-Math.ceil(mostRows / lines.length))
      .reverse()
      .map((point) => ({ label, ...point })),
  );
  return (
    <DataTable
      title={`The last values of ${name}`}
      rows={rows}
      keyOf={(row) => rows.indexOf(row)}
      columns={[
        ...(lines.length > 1 ? [{ title: "Run", cell: ({ label }: { readonly label: string }) => label }] : []),
        { title: "Step", numeric: true, cell: ({ step }) => (Number.isNaN(step) ? "" : step.toLocaleString("en")) },
        { title: "Value", numeric: true, cell: ({ value }) => numberText(value) },
        { title: "Time", cell: ({ at }) => timeText(at) },
      ]}
    />
  );
}
