// Makes the fixtures of the transcript replay from recordings of a DEEPaaS server: `node scripts/make-transcripts.ts <folder>`.
// A recording is a text of exchanges: a title, the curl command, the request's head, the answer's head, its body.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { bodyOf, shellWords } from "./curl-request.ts";

/** Text with its long runs counted: `["/?text=", ["q", 7000]]`; or bytes. */
type Packed = string | (string | [string, number])[] | { readonly base64: string };
type Headers = Record<string, Packed>;

interface Exchange {
  title: string;
  /** Trainings that the recording started without showing it: the query, and the recorded id. */
  given?: { query: string; as: string; ended: boolean }[];
  request: { method: string; path: Packed; http?: "1.0"; headers?: Headers; body?: Packed } | { raw: string };
  /** Null: there was none. */
  response: { status: number; headers: Record<string, string>; body: Packed } | null;
}

interface Section {
  title: string;
  exchanges: Exchange[];
}

const source = "DEEPaaS b6afd86 (2025-04-01), Python 3.11, aiohttp 3.9.5";
const keptAnswerHeaders = ["content-type", "allow", "location", "content-disposition"];

/** Trainings that no recorded answer shows. */
const unseenTrainings: Readonly<Record<string, { query: string; ended: boolean }>> = {
  "8eb6b189b7d9416fb2644aab06e5af62": { query: "epochs=1&mode=raise", ended: true },
  "192aa86bebe0452fa4ec44a32781bce8": { query: "epochs=1&mode=set", ended: true },
  bc36a62762144676a4da7d2bd4307bea: { query: "epochs=1&sleep=30", ended: false },
  beb74f6cdb63405386c44915673f6a5d: { query: "epochs=1&mode=os_exit", ended: true },
};

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("Which folder are the recordings in?");
const target = new URL("../packages/koa/src/testing/fixtures/transcripts/", import.meta.url);
mkdirSync(target, { recursive: true });
for (const name of readdirSync(folder).sort()) {
  if (!name.endsWith(".txt")) continue;
  const sections = sectionsOf(readFileSync(`${folder}/${name}`, "latin1"));
  if (sections.length === 0) continue;
  addTrainings(sections);
  const shown = sections.map(
    ({ title, exchanges }) =>
      `{"title":${JSON.stringify(title)},"exchanges":[\n${exchanges.map((one) => JSON.stringify(one)).join(",\n")}\n]}`,
  );
  const text = `{"source":${JSON.stringify(source)},"sections":[\n${shown.join(",\n")}\n]}\n`;
  writeFileSync(new URL(name.replace(/\.txt$/, ".json"), target), text);
}

function sectionsOf(text: string): Section[] {
  const sections: Section[] = [];
  let title = "";
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf("\n", at) < 0 ? text.length : text.indexOf("\n", at);
    const line = text.slice(at, end);
    if (!line.startsWith("=== ")) {
      if (/^# (?!log:|server stopped|stopped|in-flight)/.test(line)) title = utf8(line.replace(/^# (?:#+|-+)? ?/, ""));
      at = end + 1;
      continue;
    }
    const next = text.indexOf("\n--- body (", end) + 1;
    const bodyLine = text.indexOf("\n", next);
    const bytes = Number(/\((\d+) bytes/.exec(text.slice(next, bodyLine))?.[1]);
    const head = text.slice(end + 1, next).split("\n");
    const { exchange, bodyEnd } = exchangeFrom({ title: line.slice(4), head, rest: text.slice(bodyLine + 1), bytes });
    if (sections.at(-1)?.title !== title) sections.push({ title, exchanges: [] });
    sections.at(-1)?.exchanges.push(exchange);
    at = bodyLine + 1 + bodyEnd;
  }
  return sections;
}

interface Recorded {
  readonly title: string;
  readonly head: readonly string[];
  readonly rest: string;
  readonly bytes: number;
}

function exchangeFrom({ title, head, rest, bytes }: Recorded): { exchange: Exchange; bodyEnd: number } {
  const words = shellWords(head.find((line) => line.startsWith("$ "))?.slice(2) ?? "");
  const sent = head.filter((line) => line.startsWith("> ")).map((line) => line.slice(2));
  const answers = head.filter((line) => line.startsWith("< ")).map((line) => line.slice(2));
  const { body, bodyEnd } = bodyFrom(rest, bytes);
  if (sent.length === 0) return { exchange: junkExchange(utf8(title), body), bodyEnd };
  const [method = "", path = "", version] = (sent[0] ?? "").split(" ");
  const sentHeaders = headersOf(sent.slice(1));
  const requestBody = bodyOf(words, String(sentHeaders["content-type"] ?? ""));
  const length = sentHeaders["content-length"];
  if (length !== undefined && requestBody?.length !== Number(length)) {
    if (!words.includes("@/dev/fd/63"))
      throw new Error(`${title}: the body has ${requestBody?.length} bytes, not ${length}`);
  }
  for (const name of ["host", "user-agent", "content-length"]) delete sentHeaders[name];
  const last = answers.findLastIndex((line) => line.startsWith("HTTP/"));
  const answerHeaders = headersOf(answers.slice(last + 1));
  const exchange: Exchange = {
    title: utf8(title),
    request: {
      method,
      path: packed(path),
      ...(version === "HTTP/1.0" && { http: "1.0" as const }),
      headers: Object.fromEntries(Object.entries(sentHeaders).map(([name, value]) => [name, packed(value)])),
      ...(requestBody !== undefined && { body: packed(requestBody) }),
    },
    response:
      last < 0
        ? null
        : {
            status: Number(answers[last]?.split(" ")[1]),
            headers: Object.fromEntries(
              Object.entries(answerHeaders).filter(([name]) => keptAnswerHeaders.includes(name)),
            ),
            body: method === "HEAD" ? "" : documentOr(path, body),
          },
  };
  return { exchange, bodyEnd };
}

/** What is no HTTP: the whole answer is shown as its body. */
function junkExchange(title: string, text: string): Exchange {
  const [head = "", ...body] = text.replaceAll("\r", "").split("\n\n");
  const headers = headersOf(head.split("\n").slice(1));
  const response = {
    status: Number(head.split(" ")[1]),
    headers: { "content-type": headers["content-type"] ?? "" },
    body: body.join("\n\n").trimEnd(),
  };
  return { title, request: { raw: "JUNK\r\n\r\n" }, response };
}

function headersOf(lines: readonly string[]): Record<string, string> {
  const pairs = lines.map((line) => /^([\w-]+): (.*)$/.exec(line)).filter((pair) => pair !== null);
  const headers: Record<string, string> = {};
  for (const [, name = "", value = ""] of pairs) {
    const key = name.toLowerCase();
    headers[key] = key in headers ? `${headers[key]}, ${value.trim()}` : value.trim();
  }
  return headers;
}

/** Shown as it is, as Python's `b'…'` where it is not text, or cut off: then only its run of one character was long. */
function bodyFrom(rest: string, bytes: number): { body: string; bodyEnd: number } {
  const next = /^===|\n(?:=== |# #)/.exec(rest)?.index ?? -1;
  const shown = next < 0 ? rest : rest.slice(0, next);
  if (shown.includes("...[truncated]")) {
    const [, start = "", run = ""] = /^(.*?)(.)\2{50,}/s.exec(shown) ?? [];
    const end = '", "n": 1}}';
    return { body: start + run.repeat(Math.max(0, bytes - start.length - end.length)) + end, bodyEnd: shown.length };
  }
  const [line = ""] = shown.split("\n", 1);
  if (line.startsWith("b'") && line.length !== bytes) {
    const inner = line.slice(2, -1);
    const body = inner.replace(/\\(?:x(..)|(.))/g, (_all, hex: string | undefined, c: string) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : c,
    );
    if (body.length !== bytes) throw new Error(`${body.length} bytes, not ${bytes}: ${line}`);
    return { body, bodyEnd: line.length };
  }
  const bodyEnd = Math.min(bytes, shown.length);
  return { body: rest.slice(0, bodyEnd), bodyEnd };
}

/** The documents and the page are compared elsewhere, or not at all. */
function documentOr(path: string, body: string): Packed {
  return /\/(?:swagger\.json|api|index\.html)$/.test(path) && body.length > 100 ? "" : packed(body);
}

function packed(bytes: string): Packed {
  const text = utf8(bytes);
  if (Buffer.from(text).toString("latin1") !== bytes)
    return { base64: Buffer.from(bytes, "latin1").toString("base64") };
  const pieces: (string | [string, number])[] = [];
  let from = 0;
  for (let at = 0; at < text.length; ) {
    let end = at + 1;
    while (text.charCodeAt(end) === text.charCodeAt(at)) end++;
    if (end - at >= 200) {
      if (at > from) pieces.push(text.slice(from, at));
      pieces.push([text.charAt(at), end - at]);
      from = end;
    }
    at = end;
  }
  if (pieces.length === 0) return text;
  if (from < text.length) pieces.push(text.slice(from));
  return pieces;
}

function utf8(bytes: string): string {
  return Buffer.from(bytes, "latin1").toString("utf8");
}

/** Each training is started before the first exchange that knows its id without having started it. */
function addTrainings(sections: readonly Section[]): void {
  const known = new Set<string>();
  for (const exchange of sections.flatMap(({ exchanges }) => exchanges)) {
    const body = exchange.response && typeof exchange.response.body === "string" ? exchange.response.body : "";
    const shown = [
      ...body.matchAll(
        /"args": \{"mode": "(\w+)", "sleep": ([\d.]+), "epochs": (\d+).*?"uuid": "(\w{32})", "status": "(\w+)"/g,
      ),
    ];
    const { method = "", path = "" } = exchange.request as { readonly method?: string; readonly path?: Packed };
    const seen = shown.map(([, mode, sleep, epochs, as = "", status]) => ({
      as,
      query: `epochs=${epochs}&mode=${mode}&sleep=${sleep}`,
      ended: status !== "running" || mode !== "ok",
    }));
    const named = Object.entries(unseenTrainings)
      .filter(([as]) => String(path).includes(as))
      .map(([as, training]) => ({ as, ...training }));
    const given = [...seen, ...named].filter(({ as }) => !known.has(as));
    for (const { as } of given) known.add(as);
    if (method !== "POST" && given.length > 0) exchange.given = given;
  }
}
