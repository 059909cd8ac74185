// Starts the command line for the files beside it. Imports nothing before it has looked at the version: an older Node.js would
// only show a syntax error.

/** Runs the command `name` (default: deepaas) with the arguments of this process. */
export function start(name = "deepaas") {
  const [major = 0] = process.versions.node.split(".").map(Number);
  if (major < 24) {
    process.stderr.write(`${name}: needs Node.js 24 or newer; this is ${process.versions.node}\n`);
    process.exitCode = 1;
    return;
  }
  // Not awaited: Node would print this very line for a model that awaits for ever.
  void import("./compile-cache.mjs")
    .then(({ useCompileCache }) => useCompileCache())
    .then(() => import("../dist/index.js"))
    .then(({ main }) => main(process.argv.slice(2), { name }));
}
