// Copies what the page at /api needs of Swagger UI into dist, with its licence. So `swagger-ui-dist`, whose installation runs
// a telemetry script, is no dependency of those who install this package.
import { copyFileSync, mkdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const source = dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));
const target = join(import.meta.dirname, "dist", "api-page", "swagger-ui");
const files = {
  "swagger-ui-bundle.js": "swagger-ui-bundle.js",
  "swagger-ui-bundle.js.LICENSE.txt": "swagger-ui-bundle.js.LICENSE.txt",
  "swagger-ui.css": "swagger-ui.css",
  "favicon-16x16.png": "favicon-16x16.png",
  "favicon-32x32.png": "favicon-32x32.png",
  // Not under their own names: npm would take them for the licence of this package.
  LICENSE: "swagger-ui.LICENSE.txt",
  NOTICE: "swagger-ui.NOTICE.txt",
};

mkdirSync(target, { recursive: true });
for (const [from, to] of Object.entries(files)) copyFileSync(join(source, from), join(target, to));
