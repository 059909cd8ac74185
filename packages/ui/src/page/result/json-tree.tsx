// JSON that opens and closes. What is closed has no elements, so that large results cost little.
import type { JsonObject, JsonValue } from "@deepaas/core";
import { useState } from "preact/hooks";
import { WebLink } from "./web-link.tsx";

interface JsonTreeProps {
  readonly name?: string;
  readonly value: JsonValue;
  readonly startsOpen?: boolean;
}

const portion = 100;
/** Nodes with more members than this start closed. */
const mostOpen = 20;

export function JsonTree({ name, value, startsOpen = true }: JsonTreeProps) {
  const [open, setOpen] = useState(startsOpen);
  const [shown, setShown] = useState(portion);
  const label = name !== undefined && <span class="soft">{name}: </span>;
  const members: readonly (readonly [string, JsonValue])[] =
    typeof value === "object" && value !== null ? Object.entries(value as JsonObject) : [];
  // What is short is one line.
  const line = members.length <= 16 ? JSON.stringify(value) : "";
  if (members.length === 0 || (line.length <= 80 && line !== "")) {
    return (
      <div>
        {label}
        <WebLink value={value}>
          <span class={`json-${typeof value}`}>{line}</span>
        </WebLink>
      </div>
    );
  }
  return (
    <details open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>
        {label}
        <span class="soft">
          {Array.isArray(value) ? "list" : "object"} of {members.length}
        </span>
      </summary>
      {open && (
        <div class="json-inside">
          {members.slice(0, shown).map(([key, one]) => (
            <JsonTree key={key} name={key} value={one} startsOpen={members.length <= mostOpen} />
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
