import { createHash } from "node:crypto";
import type { ModelMetadata } from "@deepaas/core";
import { modelPath, predictPath, routes, schemaPath, trainPath } from "@deepaas/protocol";
import type { Context } from "koa";

const style =
  "body{font:16px/1.5 system-ui,sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}code{font-size:.9em}";
const styleHash = createHash("sha256").update(style).digest("base64");

/** A page that lists the models and their addresses. Nothing on it runs or loads anything. */
export function writeApiPage(ctx: Context, models: readonly ModelMetadata[], base: string): void {
  ctx.set(
    "Content-Security-Policy",
    `default-src 'none'; style-src 'sha256-${styleHash}'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'`,
  );
  ctx.set("Referrer-Policy", "no-referrer");
  ctx.set("X-Frame-Options", "DENY");
  ctx.set("Content-Type", "text/html; charset=utf-8");
  const items = models.map((metadata) => modelItem(metadata, base)).join("\n");
  ctx.body = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>DEEPaaS API</title>
<style>${style}</style>
<h1>DEEPaaS API</h1>
<p>All models: <a href="${base}${routes.models.path}">${base}${routes.models.path}</a></p>
<ul>
${items}
</ul>
</html>
`;
}

function modelItem({ servedAs, name, description }: ModelMetadata, base: string): string {
  const link = (path: string) => `<a href="${escaped(base + path)}">${escaped(base + path)}</a>`;
  return `<li><h2>${escaped(text(name))}</h2>
<p>${escaped(text(description))}</p>
<p>Metadata: ${link(modelPath(servedAs))}<br>Arguments: ${link(schemaPath(servedAs))}<br>
Predict: <code>POST ${escaped(base + predictPath(servedAs))}</code><br>Train: <code>POST ${escaped(base + trainPath(servedAs))}</code></p></li>`;
}

function text(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}

function escaped(value: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return value.replace(/[&<>"']/g, (one) => entities[one] ?? one);
}
