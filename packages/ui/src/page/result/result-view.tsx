// Shows a result: labels as bars, pictures, sound, films, tables, texts, and everything else as JSON.
import { isModelFile, type JsonObject, type JsonValue, type ModelFile } from "@deepaas/core";
import { useMemo, useState } from "preact/hooks";
import { FilePreview } from "../form/file-preview.tsx";
import { ScrollArea } from "../parts/scroll-area.tsx";
import { numberText } from "../parts/texts.ts";
import { bytesOfBase64 } from "./base64.ts";
import { DownloadLink } from "./download-link.tsx";
import { JsonTree } from "./json-tree.tsx";
import { LabelBars } from "./label-bars.tsx";
import { isWebAddress, itemSchema, memberSchema, type Shape, shapeOf } from "./shape.ts";
import { TableView } from "./table-view.tsx";

interface ResultViewProps {
  readonly value: JsonValue | Blob;
  readonly schema: JsonObject | null;
  /** Of the file to download, without its extension. */
  readonly filename: string;
}

export function ResultView({ value, schema, filename }: ResultViewProps) {
  const [asJson, setAsJson] = useState(false);
  if (value instanceof Blob) return <FileResult file={value} filename={filename} />;
  const isPlain = shapeOf(value, schema).is === "json";
  return (
    <div class="stack">
      {asJson || isPlain ? <JsonTree value={value} /> : <ValueView value={value} schema={schema} depth={0} />}
      <div class="row">
        {!isPlain && (
          <button type="button" class="button small" aria-pressed={asJson} onClick={() => setAsJson(!asJson)}>
            JSON
          </button>
        )}
        <JsonDownload value={value} filename={filename} />
      </div>
    </div>
  );
}

/** Reads the whole file: only then it can be shown, and downloaded later. */
async function blobOfFile(file: ModelFile): Promise<Blob> {
  const { contentType, originalFilename } = file;
  const bytes = await file.bytes();
  return new File([bytes], originalFilename ?? "", { type: contentType });
}

export async function readResult(result: JsonValue | ModelFile): Promise<JsonValue | Blob> {
  return isModelFile(result) ? blobOfFile(result) : result;
}

function FileResult({ file, filename }: { readonly file: Blob; readonly filename: string }) {
  const name = (file as File).name || `${filename}.${extensionOf(file.type)}`;
  return (
    <div class="stack">
      <FilePreview file={file} name="The result" />
      <DownloadLink file={file} name={name} />
    </div>
  );
}

function JsonDownload({ value, filename }: { readonly value: JsonValue; readonly filename: string }) {
  const file = useMemo(
    () => new Blob([`${JSON.stringify(value, undefined, 2)}\n`], { type: "application/json" }),
    [value],
  );
  return <DownloadLink file={file} name={`${filename}.json`} />;
}

/** Deeper members are shown as JSON. */
const deepest = 3;

interface ValueViewProps {
  readonly value: JsonValue;
  readonly schema: JsonValue | null;
  readonly depth: number;
}

export function ValueView({ value, schema, depth }: ValueViewProps) {
  const shape = shapeOf(value, schema);
  switch (shape.is) {
    case "labels":
      return (
        <div class="stack">
          {shape.groups.map((rows, i) => (
            <LabelBars key={i} rows={rows} />
          ))}
          {Object.keys(shape.rest).length > 0 && <ValueView value={shape.rest} schema={schema} depth={depth} />}
        </div>
      );
    case "table":
      return <TableView table={shape.table} />;
    case "media":
      return <MediaView shape={shape} />;
    case "text":
      return (
        <ScrollArea label="Text of the result" class="text-preview">
          <pre>{shape.text}</pre>
        </ScrollArea>
      );
    case "scalar":
      return <ScalarView value={value} text={shape.text} big={depth === 0} />;
    case "list":
      return (
        <ol class="plain stack">
          {shape.items.map((item, i) => (
            <li key={i}>
              <ValueView value={item} schema={itemSchema(schema)} depth={depth + 1} />
            </li>
          ))}
        </ol>
      );
    case "members":
      if (depth > deepest || !isWorthView(value, schema, depth)) return <JsonTree value={value} />;
      return <MembersView shape={shape} schema={schema} depth={depth} />;
    default:
      return <JsonTree value={value} />;
  }
}

/** True for members that are short, or have something in them that JSON would hide. */
function isWorthView(value: JsonValue, schema: JsonValue | null, depth: number): boolean {
  const shape = shapeOf(value, schema);
  if (shape.is !== "members") return shape.is !== "json" && shape.is !== "scalar";
  const inside = shape.members.map(([name, one]) => [one, memberSchema(schema, name)] as const);
  if (inside.every(([one, its]) => shapeOf(one, its).is === "scalar")) return true;
  return depth <= deepest && inside.some(([one, its]) => isWorthView(one, its, depth + 1));
}

interface MembersViewProps {
  readonly shape: Extract<Shape, { is: "members" }>;
  readonly schema: JsonValue | null;
  readonly depth: number;
}

/** Short members are lines of a list, the others have a heading each. */
function MembersView({ shape: { members }, schema, depth }: MembersViewProps) {
  const views = members.map(([name, value]) => ({ name, value, is: shapeOf(value, memberSchema(schema, name)).is }));
  const short = views.filter(({ is }) => is === "scalar");
  const long = views.filter(({ is }) => is !== "scalar");
  return (
    <div class="stack">
      {short.length > 0 && (
        <dl class="facts">
          {short.map(({ name, value }) => (
            <>
              <dt>{name}</dt>
              <dd>
                <ScalarView value={value} text={String(value)} big={false} />
              </dd>
            </>
          ))}
        </dl>
      )}
      {long.map(({ name, value }) => (
        <section key={name} class="result-member">
          <h3>{name}</h3>
          <ValueView value={value} schema={memberSchema(schema, name)} depth={depth + 1} />
        </section>
      ))}
    </div>
  );
}

interface ScalarViewProps {
  readonly value: JsonValue;
  readonly text: string;
  readonly big: boolean;
}

function ScalarView({ value, text, big }: ScalarViewProps) {
  if (isWebAddress(value)) {
    return (
      <a href={value} rel="noreferrer" target="_blank">
        {value}
      </a>
    );
  }
  if (value === null) return <span class="soft">{big ? "The result is null." : "null"}</span>;
  if (text === "") return <span class="soft">(empty text)</span>;
  const shown = typeof value === "number" ? numberText(value) : text;
  return (
    <span class={big ? "result-scalar" : ""} title={shown === text ? undefined : text}>
      {shown}
    </span>
  );
}

function MediaView({ shape: { contentType, base64 } }: { readonly shape: Extract<Shape, { is: "media" }> }) {
  const file = useMemo(() => {
    const bytes = bytesOfBase64(base64);
    return bytes && new Blob([bytes], { type: contentType });
  }, [contentType, base64]);
  if (!file) return <p class="note warn">This is not valid base64.</p>;
  return (
    <div class="stack">
      <FilePreview file={file} name="The result" />
      <div>
        <DownloadLink file={file} name={`result.${extensionOf(contentType)}`} />
      </div>
    </div>
  );
}

function extensionOf(contentType: string): string {
  const [, subtype = "bin"] = /\/(?:[a-z0-9.-]*\+)?([a-z0-9]+)/i.exec(contentType) ?? [];
  return { jpeg: "jpg", plain: "txt", octet: "bin", mpeg: "mp3", svg: "svg" }[subtype] ?? subtype;
}
