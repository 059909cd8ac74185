// Texts that a schema of a string may allow.
import type { JsonObject } from "@deepaas/core";
import { patternTexts } from "./pattern-texts.ts";

const textOfFormat: Readonly<Record<string, string>> = {
  "date-time": "2026-01-31T12:00:00Z",
  "iso-date-time": "2026-01-31T12:00:00",
  date: "2026-01-31",
  time: "12:00:00Z",
  "iso-time": "12:00:00",
  duration: "PT1H",
  uuid: "7d444840-9dc0-11d1-b245-5ffdce74fad2",
  email: "someone@example.org",
  "idn-email": "someone@example.org",
  hostname: "example.org",
  "idn-hostname": "example.org",
  uri: "https://example.org/",
  "uri-reference": "/a",
  "uri-template": "/a/{b}",
  iri: "https://example.org/",
  "iri-reference": "/a",
  url: "https://example.org/",
  ipv4: "192.0.2.1",
  ipv6: "2001:db8::1",
  "json-pointer": "/a",
  "json-pointer-uri-fragment": "#/a",
  "relative-json-pointer": "0",
  regex: "a",
  byte: "dGV4dA==",
};
const formats: ReadonlyMap<string, string> = new Map(Object.entries(textOfFormat));

export function* texts({ format, pattern, minLength, maxLength }: JsonObject): Generator<string> {
  const least = typeof minLength === "number" ? minLength : 0;
  const most = typeof maxLength === "number" ? maxLength : Number.POSITIVE_INFINITY;
  if (typeof pattern === "string") yield* patternTexts(pattern);
  const known = typeof format === "string" ? formats.get(format) : undefined;
  if (known !== undefined) yield known;
  const text = "text".padEnd(least, "-");
  yield text.length > most ? text.slice(0, most) : text;
  yield "a".repeat(least);
}
