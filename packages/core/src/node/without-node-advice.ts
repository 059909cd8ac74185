let depth = 0;
let emitWarning = process.emitWarning;

/**
 * Runs `work` and suppresses two warnings of Node.js: that a package.json has no `"type": "module"`, and that
 * `stripTypeScriptTypes` is experimental.
 */
export async function withoutNodeAdvice<T>(work: () => Promise<T>): Promise<T> {
  if (depth++ === 0) {
    emitWarning = process.emitWarning;
    process.emitWarning = ((warning: string | Error, ...rest: readonly unknown[]) => {
      if (!isAdvice(warning, rest)) Reflect.apply(emitWarning, process, [warning, ...rest]);
    }) as typeof process.emitWarning;
  }
  try {
    return await work();
  } finally {
    if (--depth === 0) process.emitWarning = emitWarning;
  }
}

function isAdvice(warning: string | Error, [typeOrOptions, code]: readonly unknown[]): boolean {
  const options = typeof typeOrOptions === "object" ? (typeOrOptions as { readonly code?: unknown } | null) : undefined;
  if ((options?.code ?? code) === "MODULE_TYPELESS_PACKAGE_JSON") return true;
  return typeof warning === "string" && warning.startsWith("stripTypeScriptTypes ");
}
