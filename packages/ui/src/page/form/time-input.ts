// Dates and times: the browser's inputs write them without a zone, and some formats need one.

export interface TimeInput {
  /** "text": the browser's input cannot show this value. */
  readonly type: "date" | "time" | "datetime-local" | "text";
  readonly value: string;
}

const clock = /^\d\d:\d\d(:\d\d(\.\d{1,3})?)?$/;

/** Returns the input for the text of a field, or undefined if its format is none of a date or a time. */
export function timeInputOf(format: string | undefined, text: string): TimeInput | undefined {
  const shown = (type: TimeInput["type"], value: string, fits: boolean): TimeInput =>
    fits || text === "" ? { type, value } : { type: "text", value: text };
  switch (format) {
    case "date":
      return shown("date", text, /^\d{4}-\d\d-\d\d$/.test(text));
    case "iso-time":
      return shown("time", text, clock.test(text));
    case "time":
      return shown("time", text.replace(/Z$/, ""), text.endsWith("Z") && clock.test(text.slice(0, -1)));
    case "iso-date-time":
      return shown(
        "datetime-local",
        text.replace(" ", "T"),
        /^\d{4}-\d\d-\d\d[T ]/.test(text) && clock.test(text.slice(11)),
      );
    case "date-time":
      return shown("datetime-local", localText(text), localText(text) !== "");
    default:
      return undefined;
  }
}

/** Returns the text of the field for what the input holds. */
export function textOfTimeInput(format: string | undefined, { type, value }: TimeInput): string {
  if (value === "" || type === "text") return value;
  if (format === "time") return `${value.length === 5 ? `${value}:00` : value}Z`;
  return format === "date-time" ? new Date(value).toISOString() : value;
}

/** Says how a time is meant, below its field. */
export function timeHint(format: string | undefined): string | undefined {
  if (format === "time") return "In UTC.";
  return format === "date-time" ? "In your time zone." : undefined;
}

/** Returns a point of time as local date and time, empty if the text has no zone or is none. */
function localText(text: string): string {
  const at = new Date(text);
  if (!/^\d{4}-\d\d-\d\d[Tt ].*(Z|[+-]\d\d:?\d\d)$/i.test(text) || Number.isNaN(at.getTime())) return "";
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, local.getUTCMilliseconds() === 0 ? 19 : 23);
}
