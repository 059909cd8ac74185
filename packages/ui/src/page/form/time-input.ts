// Dates and times: the browser's inputs write them without a zone, and some formats need one.

const day = "\\d{4}-\\d\\d-\\d\\d";
const clock = "\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,3})?)?";

/** The values that an input of the browser shows. */
const shapes: Readonly<Record<string, RegExp>> = {
  date: new RegExp(`^(${day})?$`),
  time: new RegExp(`^(${clock})?$`),
  "datetime-local": new RegExp(`^(${day}T${clock})?$`),
};

const types: Readonly<Record<string, string>> = {
  date: "date",
  time: "time",
  "iso-time": "time",
  "date-time": "datetime-local",
  "iso-date-time": "datetime-local",
};

/** Returns the type and the value of the input for a text. "text": the browser has no input that shows it. */
export function timeInputOf(format: string, text: string): { readonly type: string; readonly value: string } {
  const type = types[format] ?? "text";
  const value = format === "date-time" ? localText(text) : format === "time" ? text.replace(/Z$/, "") : text;
  return value !== undefined && shapes[type]?.test(value) ? { type, value } : { type: "text", value: text };
}

/** Returns the text of the field for what an input of the browser holds. */
export function textOfTimeInput(format: string, value: string): string {
  if (value !== "" && format === "time") return `${value.length === 5 ? `${value}:00` : value}Z`;
  return value !== "" && format === "date-time" ? new Date(value).toISOString() : value;
}

/** Returns a point of time as local date and time; undefined for a text that has no zone. */
function localText(text: string): string | undefined {
  const at = new Date(text);
  if (text === "" || Number.isNaN(at.getTime())) return text;
  if (!/[Tt ].*(Z|[+-]\d\d:?\d\d)$/i.test(text)) return undefined;
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().replace(/(\.000)?Z$/, "");
}
