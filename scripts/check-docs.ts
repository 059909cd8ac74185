/** Checks the code blocks of the docs (see doc-blocks.ts); with `--write` it brings them up to date. */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { checkPage } from "./doc-blocks.ts";

const write = process.argv.includes("--write");
const pages = globSync(["README.md", "docs/*.md", "packages/*/*.md", "examples/*/*.md"]);
const shownPages = pages.filter((page) => !page.endsWith("CHANGELOG.md")).sort();

let problemCount = 0;
for (const page of shownPages) {
  const before = readFileSync(page, "utf8");
  const readSource = (path: string) => (existsSync(path) ? readFileSync(path, "utf8") : undefined);
  const { text } = checkPage(before, readSource);
  if (write && text !== before) writeFileSync(page, text);
  for (const { line, message } of checkPage(write ? text : before, readSource).problems) {
    console.error(`${page}:${line}: ${message}`);
    problemCount++;
  }
}
console.log(`${shownPages.length} pages, ${problemCount} problems`);
process.exitCode = problemCount === 0 ? 0 : 1;
