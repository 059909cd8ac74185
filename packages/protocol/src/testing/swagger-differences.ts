// Where a document of ours differs from one of the Python server, place by place.
import type { JsonObject, JsonValue } from "@deepaas/core";

/** `- place: value` is only in the recorded document, `+` only in ours, `~` differs. Parameters are told by their names. */
export function swaggerDifferences(recorded: JsonObject, ours: JsonObject): readonly string[] {
  const [before, after] = [leaves(recorded), leaves(ours)];
  const lines = [...before].flatMap(([place, value]) => {
    const now = after.get(place);
    if (now === undefined) return [`- ${place}: ${value}`];
    return now === value ? [] : [`~ ${place}: ${value} -> ${now}`];
  });
  return [...lines, ...[...after].flatMap(([place, value]) => (before.has(place) ? [] : [`+ ${place}: ${value}`]))];
}

function leaves(value: JsonValue, place = "", found = new Map<string, string>()): ReadonlyMap<string, string> {
  if (typeof value !== "object" || value === null || Object.keys(value).length === 0) {
    found.set(place, JSON.stringify(value));
    return found;
  }
  const isList = Array.isArray(value);
  for (const [key, member] of Object.entries(value as Readonly<Record<string, JsonValue>>)) {
    const { name } = (isList && typeof member === "object" && member !== null ? member : {}) as { name?: string };
    leaves(member, `${place}/${name ?? key}`, found);
  }
  return found;
}
