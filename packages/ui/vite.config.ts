// Builds the page to static files in dist/page. Every URL in them is relative, so they work under any base path.
import { defineConfig, type Plugin } from "vite";

/** What the page does not draw: axes of dates, steps, bars and splines, and functions for other charts. Together a sixth of uPlot. */
const unusedParts: readonly RegExp[] = [
  /^const \[ timeIncrs(?:Ms|S), .*$/gm,
  /^\tconst _time(?:AxisSplits|AxisVals|SeriesVal) .*$/gm,
  /^\t?uPlot\.(?:fmtDate|tzDate|assign|fmtNum|rangeNum|rangeLog|rangeAsinh|orient|pxRatio|addGap|clipGaps) .*$/gm,
  /^\t\(paths\.(?:stepped|bars|spline) .*$/gm,
];

/** Removes them from its text, of which the version is pinned. Fails if the text is another. */
const smallerPlots: Plugin = {
  name: "smaller-plots",
  enforce: "pre",
  transform(code, id) {
    // The page has fonts of its own, and no titles in plots.
    if (id.endsWith("/uPlot.min.css")) return replaced(code, /font-family: [^;]+;|\.u-title \{[^}]*\}/g, "");
    if (!id.endsWith("/uPlot.esm.js")) return undefined;
    let text = replaced(code, /\blet isTime = .*$/gm, "const isTime = false;");
    for (const part of unusedParts) text = replaced(text, part, "");
    return { code: text, map: null };
  },
};

function replaced(text: string, pattern: RegExp, by: string): string {
  if (text.match(pattern) === null) throw new Error(`uPlot has no ${pattern} any more`);
  return text.replace(pattern, by);
}

export default defineConfig({
  // Vite would add a kilobyte that loads styles with each `import()`.
  plugins: [
    smallerPlots,
    {
      name: "plain-import",
      enforce: "pre",
      load: (id) => (id === "\0vite/preload-helper.js" ? "export const __vitePreload = (load) => load();" : undefined),
    },
  ],
  root: "src/page",
  base: "./",
  build: {
    outDir: "../../dist/page",
    emptyOutDir: true,
    target: "es2022",
    // The policy of the page forbids data URLs in scripts and styles.
    assetsInlineLimit: 0,
    modulePreload: false,
    rolldownOptions: {
      output: {
        entryFileNames: "[name]-[hash].js",
        chunkFileNames: "[name]-[hash].js",
        assetFileNames: "[name]-[hash][extname]",
      },
    },
  },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
});
