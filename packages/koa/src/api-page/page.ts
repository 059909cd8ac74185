// The page at `/api`: Swagger UI, served from here. It has no inline script, so that its policy can forbid inline scripts.

import { pageHeaders } from "../response/tagged.ts";

/** Allows only content of this server, data images of the style sheet, and responses shown as images or sound. */
export const apiPageHeaders = pageHeaders([
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
]);

export const pageHtml = (basePath: string) => `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>DEEPaaS API</title>
<link rel="icon" type="image/png" sizes="32x32" href="${basePath}/static/swagger/favicon-32x32.png">
<link rel="stylesheet" href="${basePath}/static/swagger/swagger-ui.css">
<link rel="stylesheet" href="${basePath}/static/swagger/page.css">
</head>
<body>
<div id="swagger-ui"></div>
<noscript><p>This page needs JavaScript. The API is described in <a href="${basePath}/openapi.json">openapi.json</a> and
<a href="${basePath}/swagger.json">swagger.json</a>; <a href="${basePath}/v2/models/">v2/models/</a> lists what is served.</p></noscript>
<script src="${basePath}/static/swagger/swagger-ui-bundle.js"></script>
<script src="${basePath}/static/swagger/page.js"></script>
</body>
</html>
`;

/**
 * Finds the document relative to its own URL, so that it is the same under every base path. Swagger UI fills the fields of a
 * form with samples ("string", 0, true, today); only those that the user edited are sent.
 */
export const pageScript = `"use strict";
const documentUrl = new URL("../../openapi.json", document.currentScript.src).href;
const edited = new WeakMap();
let executed;
const note = ({ target }) => {
  const operation = target.closest(".opblock");
  const name = target.closest("[data-property-name]")?.dataset.propertyName;
  if (operation === null || name === undefined) return;
  edited.set(operation, (edited.get(operation) ?? new Set()).add(name));
};
for (const type of ["input", "change"]) document.addEventListener(type, note, true);
document.addEventListener("click", (event) => {
  if (event.target.closest(".execute")) executed = event.target.closest(".opblock");
  else if (event.target.closest("button")) note(event);
}, true);
const withoutSamples = (request) => {
  const names = edited.get(executed) ?? new Set();
  if (request.body instanceof FormData) {
    for (const name of new Set(request.body.keys())) if (!names.has(name)) request.body.delete(name);
  }
  return request;
};
// With a token the document has the models that its holder may see.
const signIn = () => ({ statePlugins: {
  auth: { wrapActions: {
    authorizeWithPersistOption: (authorize, { specActions }) => (payload) => {
      authorize(payload);
      specActions.download(documentUrl);
    },
    logoutWithPersistOption: (logout, { specActions }) => (payload) => {
      logout(payload);
      specActions.download(documentUrl);
    },
  } },
} });
const intercept = (request) => {
  if (!request.loadSpec) return withoutSamples(request);
  const token = window.ui?.authSelectors.authorized().getIn(["bearer", "value"]);
  if (token) request.headers.Authorization = "Bearer " + token;
  return request;
};
window.ui = SwaggerUIBundle({
  url: documentUrl,
  plugins: [signIn],
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  tryItOutEnabled: true,
  requestInterceptor: intercept,
  defaultModelsExpandDepth: 0,
});
`;

export const pageStyle = `html { box-sizing: border-box; overflow-y: scroll; }
*, *::before, *::after { box-sizing: inherit; }
body { margin: 0; background: #fafafa; }
`;
