// JSON that opens and closes. What is closed has no elements, so that large results cost little.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { useState } from "preact/hooks";

export function JsonTree({ value }: { readonly value: JsonValue }) {
  return (
    <div class="json-tree">
      <Node value={value} open={true} />
    </div>
  );
}

interface NodeProps {
  readonly name?: string;
  readonly value: JsonValue;
  readonly open: boolean;
}

const portion = 100;
/** Nodes with more members than this start closed. */
const mostOpen = 20;

function Node({ name, value, open: openAtFirst }: NodeProps) {
  const [open, setOpen] = useState(openAtFirst);
  const [shown, setShown] = useState(portion);
  const label = name !== undefined && <span class="json-name">{name}: </span>;
  if (typeof value !== "object" || value === null) {
    return (
      <div>
        {label}
        <span class={`json-${value === null ? "null" : typeof value}`}>{JSON.stringify(value)}</span>
      </div>
    );
  }
  const isList = Array.isArray(value);
  const members: readonly (readonly [string, JsonValue])[] = Object.entries(value as JsonObject);
  if (members.length === 0) {
    return (
      <div>
        {label}
        {isList ? "[]" : "{}"}
      </div>
    );
  }
  // Short lists of numbers are one line.
  const isShort = isList && members.length <= 16 && members.every(([, one]) => typeof one !== "object");
  const line = isShort ? `[${members.map(([, one]) => JSON.stringify(one)).join(", ")}]` : "";
  if (line !== "" && line.length <= 100) {
    return (
      <div>
        {label}
        <span class="json-number">{line}</span>
      </div>
    );
  }
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {label}
        <span class="soft">{isList ? `list of ${members.length}` : `object of ${members.length}`}</span>
      </summary>
      {open && (
        <div class="json-inside">
          {members.slice(0, shown).map(([key, one]) => (
            <Node key={key} name={key} value={one} open={members.length <= mostOpen} />
          ))}
          {shown < members.length && (
            <button type="button" class="button quiet small" onClick={() => setShown(shown + portion * 10)}>
              Show more ({members.length - shown} left)
            </button>
          )}
        </div>
      )}
    </details>
  );
}
