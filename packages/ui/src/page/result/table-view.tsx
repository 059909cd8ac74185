import type { JsonValue } from "@deepaas/core";
import { useState } from "preact/hooks";
import { ScrollArea } from "../parts/scroll-area.tsx";
import { numberText } from "../parts/texts.ts";
import { isWebAddress, type Table } from "./shape.ts";

const firstRows = 50;

export function TableView({ table: { columns, rows, named } }: { readonly table: Table }) {
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.slice(0, firstRows);
  const isNumber = columns.map((_, i) => rows.every((row) => row[i] === null || typeof row[i] === "number"));
  return (
    <div class="stack">
      <ScrollArea label="Table of the result" class="table-wrap">
        <table>
          {named && (
            <thead>
              <tr>
                {columns.map((name, i) => (
                  <th key={name} scope="col" class={isNumber[i] ? "number" : ""}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
          )}
          <tbody>
            {shown.map((row, i) => (
              <tr key={i}>
                {row.map((value, k) => (
                  <td key={columns[k]} class={isNumber[k] ? "number" : ""}>
                    <Cell value={value} />
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </ScrollArea>
      {shown.length < rows.length && (
        <button type="button" class="button small start" onClick={() => setAll(true)}>
          Show all {rows.length} rows
        </button>
      )}
    </div>
  );
}

function Cell({ value }: { readonly value: JsonValue }) {
  if (value === null) return <span class="soft">–</span>;
  if (typeof value === "number") return <>{numberText(value)}</>;
  if (Array.isArray(value))
    return <>{value.map((one) => (typeof one === "number" ? numberText(one) : String(one))).join(", ")}</>;
  if (isWebAddress(value)) {
    return (
      <a href={value} rel="noreferrer" target="_blank">
        {value}
      </a>
    );
  }
  return <>{String(value)}</>;
}
