import { useState } from "preact/hooks";
import { ScrollFrame } from "../parts/scroll-frame.tsx";
import { numberText, timeText } from "../parts/texts.ts";
import type { ChartLine } from "./chart-content.ts";

const mostRows = 20;

interface ValuesTableProps {
  readonly name: string;
  readonly lines: readonly ChartLine[];
}

/** The last values of the lines, newest first. */
export function ValuesTable({ name, lines }: ValuesTableProps) {
  const [isOpen, setOpen] = useState(false);
  return (
    <details class="chart-values" open={isOpen} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        Show values<span class="visually-hidden"> of {name}</span>
      </summary>
      {isOpen && <Rows name={name} lines={lines} />}
    </details>
  );
}

function Rows({ name, lines }: ValuesTableProps) {
  const rows = lines.flatMap(({ key, label, columns }) => {
    const first = Math.max(0, columns.length - (lines.length > 1 ? 5 : mostRows));
    return Array.from({ length: columns.length - first }, (_, i) => {
      const at = columns.length - 1 - i;
      return { key, label, at, columns };
    });
  });
  return (
    <>
      <dl class="facts number">
        {lines.map(({ key, label, columns: { min, max, count } }) => (
          <div key={key} class="chart-extremes">
            <dt>{lines.length > 1 ? label : "All values"}</dt>
            <dd>
              {count.toLocaleString("en")}
              {min <= max && `, from ${numberText(min)} to ${numberText(max)}`}
            </dd>
          </div>
        ))}
      </dl>
      <ScrollFrame class="table-wrap chart-rows" title={`The last values of ${name}`}>
        <table>
          <thead>
            <tr>
              {lines.length > 1 && <th scope="col">Run</th>}
              <th scope="col" class="number">
                Step
              </th>
              <th scope="col" class="number">
                Value
              </th>
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(({ key, label, at, columns }) => (
              <tr key={`${key} ${at}`}>
                {lines.length > 1 && <td>{label}</td>}
                <td class="number">{stepText(columns.step[at])}</td>
                <td class="number">{numberText(columns.value[at] as number)}</td>
                <td>{timeText(columns.at[at] as number)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollFrame>
    </>
  );
}

function stepText(step: number | undefined): string {
  return step === undefined || Number.isNaN(step) ? "" : step.toLocaleString("en");
}
