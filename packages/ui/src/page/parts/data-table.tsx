// A table with a row for each of a list.
import type { ComponentChildren } from "preact";
import { TableFrame } from "./table-frame.tsx";

export interface Column<T> {
  readonly title: string;
  /** The title is for screen readers only. */
  readonly quiet?: boolean;
  /** Numbers are set to the right. */
  readonly numeric?: boolean;
  readonly cell: (row: T) => ComponentChildren;
}

interface DataTableProps<T> {
  readonly title: string;
  readonly rows: readonly T[];
  /** The first one that is not quiet names the row. */
  readonly columns: readonly Column<T>[];
  readonly keyOf: (row: T) => string | number;
}

export function DataTable<T>({ title, rows, columns, keyOf }: DataTableProps<T>) {
  const naming = columns.find(({ quiet }) => !quiet);
  const classOf = ({ numeric }: Column<T>) => (numeric ? "number" : undefined);
  return (
    <TableFrame title={title}>
      <thead>
        <tr>
          {columns.map((column) => (
            <th scope="col" class={classOf(column)} key={column.title}>
              {column.quiet ? <span class="visually-hidden">{column.title}</span> : column.title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={keyOf(row)}>
            {columns.map((column) =>
              column === naming ? (
                <th scope="row" key={column.title}>
                  {column.cell(row)}
                </th>
              ) : (
                <td class={classOf(column)} key={column.title}>
                  {column.cell(row)}
                </td>
              ),
            )}
          </tr>
        ))}
      </tbody>
    </TableFrame>
  );
}
