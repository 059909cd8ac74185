// Formats in addition to those of JSON Schema: `iso-date-time` and `iso-time`, whose zone may be missing, as Python's
// `isoformat()` writes them and clients of the Python server send them.
import { Format } from "../contract/typebox.ts";

const clock = /^(?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d+)?)?(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)?$/;

/** As in the Python server (marshmallow 3): seconds, fraction and zone may be missing, and a space may replace the T. */
function isIsoDateTime(text: string): boolean {
  return (text[10] === "T" || text[10] === " ") && Format.IsDate(text.slice(0, 10)) && clock.test(text.slice(11));
}

function isIsoTime(text: string): boolean {
  return clock.test(text);
}

/** Registers the formats with TypeBox. May be called more than once. */
export function registerIsoFormats(): void {
  if (Format.Has("iso-time")) return;
  Format.Set("iso-date-time", isIsoDateTime);
  Format.Set("iso-time", isIsoTime);
}
