// Builds the page to static files in dist/page. Every URL in them is relative, so they work under any base path.
import { defineConfig } from "vite";

export default defineConfig({
  // Vite would add a kilobyte that loads styles with each `import()`.
  plugins: [
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
