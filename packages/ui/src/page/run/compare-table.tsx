import type { MetricValue, Run } from "@deepaas/core";
import type { ComponentChild } from "preact";
import { useState } from "preact/hooks";
import { Swatch } from "../chart/swatch.tsx";
import { StateBadge } from "../parts/badge.tsx";
import { TableFrame } from "../parts/table-frame.tsx";
import { durationText, numberText } from "../parts/texts.ts";
import { linkTo } from "../routing/router.ts";
import { argumentRows, type LineStyle } from "./compared-runs.ts";
import { valueText } from "./run-results.tsx";

export interface TableRun {
  readonly run: Run;
  readonly label: string;
  readonly style: LineStyle;
}

/** One column for each run: state, last metrics, and the arguments that differ. */
export function CompareTable({ runs }: { readonly runs: readonly TableRun[] }) {
  const [showsAll, setShowsAll] = useState(false);
  const rows = argumentRows(runs.map(({ run }) => run));
  const shown = showsAll ? rows : rows.filter(({ isSame }) => !isSame);
  const metrics = [...new Set(runs.flatMap(({ run }) => Object.keys(run.progress?.metrics ?? {})))];
  return (
    <section class="stack" aria-labelledby="compare-table-title">
      <div class="row">
        <h2 id="compare-table-title">Arguments and results</h2>
        <label class="row small">
          <input
            type="checkbox"
            checked={showsAll}
            onChange={({ currentTarget }) => setShowsAll(currentTarget.checked)}
          />
          Show equal arguments, too
        </label>
      </div>
      <TableFrame title="One column for each run">
        <thead>
          <tr>
            <td />
            {runs.map(({ run, label, style }) => (
              <th key={run.id} scope="col">
                <Swatch {...style} />{" "}
                <a href={linkTo(["runs", run.id])} title={run.id}>
                  {label}
                </a>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <Row name="State" cells={runs.map(({ run }) => <StateBadge key={run.id} state={run.state} />)} />
          <Row name="Model" cells={runs.map(({ run }) => run.model)} />
          <Row name="Duration" cells={runs.map(({ run }) => durationOf(run))} />
          {metrics.map((name) => (
            <Row
              key={`metric ${name}`}
              name={name}
              cells={runs.map(({ run }) => metricText(run.progress?.metrics?.[name]))}
            />
          ))}
        </tbody>
        <tbody>
          {shown.map(({ name, values }) => (
            <Row key={name} name={name} cells={values.map(valueText)} isMono />
          ))}
          {shown.length === 0 && (
            <tr>
              <td colSpan={runs.length + 1} class="soft">
                {rows.length === 0 ? "The runs have no arguments." : "All arguments are equal."}
              </td>
            </tr>
          )}
        </tbody>
      </TableFrame>
    </section>
  );
}

interface RowProps {
  readonly name: string;
  readonly cells: readonly ComponentChild[];
  readonly isMono?: boolean;
}

function Row({ name, cells, isMono = false }: RowProps) {
  return (
    <tr>
      <th scope="row">{name}</th>
      {cells.map((cell, i) => (
        <td key={i} class={isMono ? "mono run-value" : "number-left"}>
          {cell}
        </td>
      ))}
    </tr>
  );
}

function metricText(value: MetricValue | undefined): string {
  return value === undefined ? "" : numberText(Number(value));
}

function durationOf({ startedAt, endedAt }: Run): string {
  if (startedAt === undefined) return "not started";
  return durationText(Math.max(0, (endedAt === undefined ? Date.now() : Date.parse(endedAt)) - Date.parse(startedAt)));
}
