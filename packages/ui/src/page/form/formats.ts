// Formats of text. A text of an unknown format fits; none is refused here that the server accepts.

const day = /^\d{4}-\d\d-\d\d$/;
const clock = /^(?:[01]\d|2[0-3]):[0-5]\d(?::(?:[0-5]\d|60)(?:\.\d+)?)?/;
const zone = /(?:Z|[+-](?:[01]\d|2[0-3])(?::?[0-5]\d)?)$/i;

function isDate(text: string): boolean {
  if (!day.test(text)) return false;
  const date = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function isTime(text: string, needsZone: boolean): boolean {
  const found = clock.exec(text)?.[0];
  if (found === undefined) return false;
  const rest = text.slice(found.length);
  return rest === "" ? !needsZone : zone.exec(rest)?.[0] === rest;
}

function isDateTime(text: string, needsZone: boolean): boolean {
  return isDate(text.slice(0, 10)) && /[Tt ]/.test(text[10] ?? "") && isTime(text.slice(11), needsZone);
}

const ipv4 = /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/;

const formats: Readonly<Record<string, readonly [(text: string) => boolean, string]>> = {
  date: [isDate, "a date, as in 2026-11-22"],
  time: [(text) => isTime(text, true), "a time with its zone, as in 10:00:00Z"],
  "iso-time": [(text) => isTime(text, false), "a time, as in 10:00:00"],
  "date-time": [(text) => isDateTime(text, true), "a date and time with its zone, as in 2026-11-22T10:00:00Z"],
  "iso-date-time": [(text) => isDateTime(text, false), "a date and time, as in 2026-11-22T10:00:00"],
  email: [(text) => /^[^\s@]+@[^\s@]+$/.test(text), "an e-mail address"],
  uuid: [(text) => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text), "a UUID"],
  url: [(text) => URL.canParse(text), "a whole URL, as in https://example.org"],
  uri: [(text) => URL.canParse(text), "a whole URI, as in https://example.org"],
  ipv4: [(text) => ipv4.test(text), "an IPv4 address"],
  ipv6: [(text) => text.includes(":") && URL.canParse(`http://[${text}]/`), "an IPv6 address"],
};

/** Returns what the text must be, or undefined if it fits. */
export function formatFault(format: unknown, text: string): string | undefined {
  if (typeof format !== "string" || !Object.hasOwn(formats, format)) return undefined;
  const [fits, what] = formats[format] as (typeof formats)[string];
  return fits(text) ? undefined : what;
}
