import type { Line } from "./curve.ts";

/** A value for each x: null is a gap, undefined lets the line pass. */
export type Row = (number | null | undefined)[];

/** Returns lines of different x over one common x, as uPlot reads them. The x of each line ascend strictly. */
export function mergeLines(lines: readonly Line[]): { readonly x: number[]; readonly rows: Row[] } {
  const all = new Float64Array(lines.reduce((sum, line) => sum + line.x.length, 0));
  let offset = 0;
  for (const line of lines) {
    all.set(line.x, offset);
    offset += line.x.length;
  }
  all.sort();
  const x: number[] = [];
  for (const one of all) if (x.length === 0 || x.at(-1) !== one) x.push(one);
  return { x, rows: lines.map((line) => rowOf(line, x)) };
}

function rowOf(line: Line, x: readonly number[]): Row {
  let next = 0;
  const row = x.map((one) => {
    if (line.x[next] !== one) return undefined;
    const value = line.y[next++] as number;
    return Number.isFinite(value) ? value : null;
  });
  widenGaps(row);
  return row;
}

/** A gap reaches from value to value, also where other lines have points in between. */
function widenGaps(row: Row): void {
  for (let i = 1; i < row.length; i++) if (row[i - 1] === null && row[i] === undefined) row[i] = null;
  for (let i = row.length - 2; i >= 0; i--) if (row[i + 1] === null && row[i] === undefined) row[i] = null;
}
