// Routes, methods, documents, and what is no request.
import { byTitle, type Difference, json, text } from "./difference.ts";

const methodsRow = "DECISIONS, paths";

export const discoveryDifferences: readonly Difference[] = [
  {
    what: "`HEAD` is answered wherever `GET` is",
    why: "405 from the original",
    from: methodsRow,
    expect: (expected, { method, path }) => {
      if (method !== "HEAD" || expected?.status !== 405) return undefined;
      if (path.endsWith("/ui")) {
        const headers = { ...expected.headers, location: path.replace(/ui$/, "api") };
        return { status: 302, headers: withoutAllow(headers), body: "" };
      }
      const type = path.endsWith("/api") ? "text/html" : "application/json";
      return { status: 200, headers: { "content-type": `${type}; charset=utf-8` }, body: "" };
    },
  },
  {
    what: "`OPTIONS` answers 204, and `Allow` names `HEAD`, `OPTIONS` and the `PUT` of our named trainings",
    why: "405 from the original, whose `Allow` lacks them",
    from: methodsRow,
    expect: (expected, { method, path }) => {
      const { allow } = expected?.headers ?? {};
      if (!expected || allow === undefined) return undefined;
      const named = /\/train\/[^/]+$/.test(path) ? ["PUT"] : [];
      const listed = allow.split(",");
      const heads = listed.includes("GET") ? ["HEAD"] : [];
      const headers = { allow: [...listed, ...heads, ...named, "OPTIONS"].sort().join(",") };
      if (method === "OPTIONS") return { status: 204, headers, body: "" };
      return { ...expected, headers: { ...expected.headers, ...headers } };
    },
  },
  {
    what: "a slash after `train/{uuid}` is accepted",
    why: "404 from the original, which only ever adds slashes",
    from: methodsRow,
    expect: (_expected, { title, bodyOf }) =>
      title.startsWith("GET done with trailing slash") ? json(bodyOf("GET training done (dict output)")) : undefined,
  },
  {
    what: "there is an `/openapi.json`",
    why: "OpenAPI 3.1, which the original does not have",
    from: "SPEC 3",
    expect: byTitle({ "GET /openapi.json": json(undefined) }),
  },
  {
    what: "of the page's assets only those are served that the page loads",
    why: "no folder, no second page; 404 instead of 403",
    from: "SPEC 2",
    expect: byTitle({
      "GET /static/swagger/ (directory)": text(404, "404: Not Found"),
      "GET static index": text(404, "404: Not Found"),
    }),
  },
  {
    what: "a stylesheet and a script say that they are UTF-8",
    why: "they are text",
    from: "SPEC 2",
    expect: (expected) => {
      const type = expected?.headers["content-type"] ?? "";
      if (!expected || !/^text\/(?:css|javascript)$/.test(type)) return undefined;
      return { ...expected, headers: { "content-type": `${type}; charset=utf-8` } };
    },
  },
  {
    what: "`/ui` without a page is 404",
    why: "the original fails with 500",
    from: methodsRow,
    expect: byTitle({ "GET /ui -> 500": text(404, "404: Not Found") }),
  },
  {
    what: "the request line and the headers together may have 16 KiB",
    why: "the original takes 8,190 bytes for each; beyond our limit it is 431",
    from: "SPEC 1",
    expect: byTitle({
      "long query 9000 -> 400": json({ status: "OK", predictions: { text: "q".repeat(9_000), n: 1 } }),
      "long header 9000 -> 400": json({ status: "OK", predictions: { text: "hello", n: 1 } }),
    }),
  },
  {
    what: "what is no HTTP gets no picture of itself",
    why: "400 from both",
    from: "SPEC 1",
    expect: byTitle({ "HTTP junk": text(400, "400: Bad Request") }),
  },
  {
    what: "413 names the announced size",
    why: "it is refused before it is read; the original says how far it came",
    from: "DECISIONS, client-max-size",
    expect: (expected, { title }) =>
      title.startsWith("upload 200k multipart") && expected
        ? { ...expected, body: "Maximum request body size 100000 exceeded, actual body size 200397" }
        : undefined,
  },
];

function withoutAllow({ allow: _allow, ...headers }: Readonly<Record<string, string>>): Record<string, string> {
  return headers;
}
