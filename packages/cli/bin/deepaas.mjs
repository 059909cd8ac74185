#!/usr/bin/env node
// Imports nothing before it has looked at the version: an older Node.js would only show a syntax error.
const [major = 0] = process.versions.node.split(".").map(Number);
if (major < 24) {
  process.stderr.write(`deepaas: needs Node.js 24 or newer; this is ${process.versions.node}\n`);
  process.exitCode = 1;
} else {
  // Not awaited: Node would print this very line for a model that awaits for ever.
  void import("./compile-cache.mjs")
    .then(({ useCompileCache }) => useCompileCache())
    .then(() => import("../dist/index.js"))
    .then(({ main }) => main(process.argv.slice(2)));
}
