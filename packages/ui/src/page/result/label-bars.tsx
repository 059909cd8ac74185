import type { LabelRow } from "./shape.ts";

const mostRows = 100;

export function LabelBars({ rows }: { readonly rows: readonly LabelRow[] }) {
  const shown = [...rows].sort((a, b) => b.probability - a.probability).slice(0, mostRows);
  return (
    <ol class="plain bars">
      {shown.map(({ label, probability, info, links }, i) => (
        <li key={`${i} ${label}`}>
          <div class="bar-head">
            <strong>{label}</strong>
            <span class="number">{percentText(probability)}</span>
          </div>
          <div class="bar" aria-hidden="true">
            <span style={{ width: `${Math.min(1, probability) * 100}%` }} />
          </div>
          {(info !== undefined || links.length > 0) && (
            <p class="small soft row">
              {info}
              {links.map(([name, url]) => (
                <a key={name} href={url} rel="noreferrer" target="_blank">
                  {name}
                </a>
              ))}
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

/** `98.2 %`, and what is small but not nothing: `< 0.1 %`. */
function percentText(probability: number): string {
  const percent = probability * 100;
  return percent > 0 && percent < 0.1 ? "< 0.1 %" : `${percent.toFixed(1)} %`;
}
