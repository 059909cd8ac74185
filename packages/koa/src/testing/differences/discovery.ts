// Routes, methods, documents, and what is no request.
import { byTitle, type Difference, json, text } from "./difference.ts";

export const discoveryDifferences: readonly Difference[] = [
  {
    what: "`HEAD` works wherever `GET` does",
    why: "405 from the Python server",
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
    what: "`OPTIONS` answers 204, and `Allow` lists `HEAD`, `OPTIONS` and the `PUT` of named trainings",
    why: "405 from the Python server, whose `Allow` lacks them",
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
    why: "404 from the Python server",
    expect: (_expected, { title, bodyOf }) =>
      title.startsWith("GET done with trailing slash") ? json(bodyOf("GET training done (dict output)")) : undefined,
  },
  {
    what: "`/openapi.json` exists",
    why: "OpenAPI 3.1, which the Python server does not have",
    expect: byTitle({ "GET /openapi.json": json(undefined) }),
  },
  {
    what: "only those assets of the page are served that it loads",
    why: "no folder listing and no second page; 404 instead of 403",
    expect: byTitle({
      "GET /static/swagger/ (directory)": text(404, "404: Not Found"),
      "GET static index": text(404, "404: Not Found"),
    }),
  },
  {
    what: "stylesheets and scripts have `charset=utf-8`",
    why: "they are text",
    expect: (expected) => {
      const type = expected?.headers["content-type"] ?? "";
      if (!expected || !/^text\/(?:css|javascript)$/.test(type)) return undefined;
      return { ...expected, headers: { "content-type": `${type}; charset=utf-8` } };
    },
  },
  {
    what: "`/ui` without a page is 404",
    why: "500 from the Python server",
    expect: byTitle({ "GET /ui -> 500": text(404, "404: Not Found") }),
  },
  {
    what: "request line and headers may have 16 KiB together",
    why: "8,190 bytes each in the Python server; beyond the limit the answer is 431",
    expect: byTitle({
      "long query 9000 -> 400": json({ status: "OK", predictions: { text: "q".repeat(9_000), n: 1 } }),
      "long header 9000 -> 400": json({ status: "OK", predictions: { text: "hello", n: 1 } }),
    }),
  },
  {
    what: "an invalid HTTP request is not echoed",
    why: "400 from both",
    expect: byTitle({ "HTTP junk": text(400, "400: Bad Request") }),
  },
  {
    what: "413 names the announced size",
    why: "the body is refused before it is read; the Python server names the bytes read so far",
    expect: (expected, { title }) =>
      title.startsWith("upload 200k multipart") && expected
        ? { ...expected, body: "Maximum request body size 100000 exceeded, actual body size 200397" }
        : undefined,
  },
];

function withoutAllow({ allow: _allow, ...headers }: Readonly<Record<string, string>>): Record<string, string> {
  return headers;
}
