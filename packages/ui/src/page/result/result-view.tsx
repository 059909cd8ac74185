// Shows a result: labels as bars, pictures, sound, films, tables, texts, and everything else as JSON.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { useMemo, useState } from "preact/hooks";
import { DownloadLink, FilePreview } from "../form/file-preview.tsx";
import { DataTable } from "../parts/data-table.tsx";
import { ScrollFrame } from "../parts/scroll-frame.tsx";
import { numberText } from "../parts/texts.ts";
import { JsonTree } from "./json-tree.tsx";
import { type LabelRow, percentText, type Row, type Shape, shapeOf } from "./shape.ts";
import { WebLink } from "./web-link.tsx";

interface ResultViewProps {
  readonly value: JsonValue | Blob;
  readonly schema: JsonObject | null;
  /** Of the file to download, without its extension. */
  readonly filename: string;
}

export function ResultView({ value, schema, filename }: ResultViewProps) {
  const [asJson, setAsJson] = useState(false);
  const file = useMemo(
    () =>
      value instanceof Blob
        ? value
        : new File([`${JSON.stringify(value, undefined, 2)}\n`], `${filename}.json`, { type: "application/json" }),
    [value],
  );
  if (value instanceof Blob) return <FileView file={file} filename={filename} />;
  const shape = shapeOf(value, schema);
  return (
    <div class="stack">
      <ShapeView shape={asJson ? { is: "json", value } : shape} />
      <div class="row">
        {shape.is !== "json" && (
          <button type="button" class="button small" aria-pressed={asJson} onClick={() => setAsJson(!asJson)}>
            JSON
          </button>
        )}
        <DownloadLink file={file} name={`${filename}.json`} />
      </div>
    </div>
  );
}

function FileView({ file, filename }: { readonly file: Blob; readonly filename: string }) {
  return (
    <div class="stack">
      <FilePreview file={file} name="The result" />
      <DownloadLink file={file} name={(file as File).name || `${filename}.${extensionOf(file.type)}`} />
    </div>
  );
}

function extensionOf(contentType: string): string {
  const [, subtype = "bin"] = /\/(?:[a-z0-9.-]*\+)?([a-z0-9]+)/i.exec(contentType) ?? [];
  return { jpeg: "jpg", plain: "txt", octet: "bin", mpeg: "mp3" }[subtype] ?? subtype;
}

export function ShapeView({ shape }: { readonly shape: Shape }) {
  switch (shape.is) {
    case "labels":
      return <LabelBars rows={shape.rows} />;
    case "table":
      return <TableView shape={shape} />;
    case "media":
      return <MediaView shape={shape} />;
    case "text":
      return (
        <ScrollFrame title="Text of the result" class="text-preview">
          <WebLink value={shape.text}>
            <pre>{shape.text || "(empty text)"}</pre>
          </WebLink>
        </ScrollFrame>
      );
    case "parts":
      return (
        <div class="stack">
          {shape.parts.map(([title, part]) => (
            <section key={title} class="stack">
              {title !== "" && <h3>{title}</h3>}
              <ShapeView shape={part} />
            </section>
          ))}
          {Object.keys(shape.rest).length > 0 && <ShapeView shape={{ is: "json", value: shape.rest }} />}
        </div>
      );
    default:
      return (
        <div class="json-tree">
          <JsonTree value={shape.value} />
        </div>
      );
  }
}

const mostLabels = 100;

function LabelBars({ rows }: { readonly rows: readonly LabelRow[] }) {
  const shown = [...rows].sort((a, b) => b.probability - a.probability).slice(0, mostLabels);
  return (
    <ol class="plain bars">
      {shown.map(({ label, probability, info, links = [] }) => (
        <li key={label}>
          <div class="row between">
            <strong>{label}</strong>
            <span class="number">{percentText(probability)}</span>
          </div>
          <div class="bar" aria-hidden="true">
            <span style={{ width: `${Math.min(1, probability) * 100}%` }} />
          </div>
          {(info || links.length > 0) && (
            <p class="small soft row">
              {info}
              {links.map(([name, url]) => (
                <WebLink key={name} value={url}>
                  {name}
                </WebLink>
              ))}
            </p>
          )}
        </li>
      ))}
    </ol>
  );
}

const firstRows = 50;

function TableView({ shape: { columns, rows } }: { readonly shape: Extract<Shape, { is: "table" }> }) {
  const [all, setAll] = useState(false);
  const shown = all ? rows : rows.slice(0, firstRows);
  return (
    <div class="stack">
      <DataTable<Row>
        title="Table of the result"
        rows={shown}
        columns={columns.map((title, i) => ({
          title,
          numeric: rows.every((row) => typeof (row[i] ?? 0) === "number"),
          cell: (row) => <WebLink value={row[i]}>{cellText(row[i])}</WebLink>,
        }))}
        keyOf={(row) => rows.indexOf(row)}
      />
      {shown.length < rows.length && (
        <button type="button" class="button small start" onClick={() => setAll(true)}>
          Show all {rows.length} rows
        </button>
      )}
    </div>
  );
}

function cellText(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return value.map(cellText).join(", ");
  return typeof value === "number" ? numberText(value) : String(value ?? "–");
}

function MediaView({ shape: { contentType, base64 } }: { readonly shape: Extract<Shape, { is: "media" }> }) {
  const file = useMemo(() => {
    try {
      const bytes = atob(base64.replaceAll(/\s/g, ""));
      return new Blob([Uint8Array.from(bytes, (one) => one.charCodeAt(0))], { type: contentType });
    } catch {
      return undefined;
    }
  }, [base64]);
  return file ? <FileView file={file} filename="result" /> : <p class="note warn">This is not valid base64.</p>;
}
