/** No committed file may name a place that exists on one machine only, or the host that packages were fetched from. */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";

const forbidden = [
  {
    what: "a path of one machine",
    pattern: /(?<![\w.~$}/-])\/(?:work|root|home|Users|workspace)\/[\w.-]+|[A-Z]:\\Users\\/,
  },
  { what: "a registry host", pattern: /\bregistry\.[a-z0-9-]+\.[a-z]+|\bnpm\.[a-z0-9-]+\.(?:org|com|io|net)\b/ },
  { what: "where a locked package was fetched from", pattern: /"resolved":\s*"http|\btarball:\s*http/ },
];

const listed = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  encoding: "utf8",
});
const files = listed.split("\0").filter((file) => file !== "" && existsSync(file));

let problemCount = 0;
for (const file of files) {
  const content = readFileSync(file);
  if (content.includes(0)) continue; // Not text.
  for (const [index, line] of content.toString("utf8").split("\n").entries()) {
    for (const { what, pattern } of forbidden) {
      const found = pattern.exec(line);
      if (!found) continue;
      console.error(`${file}:${index + 1}: ${what}: ${found[0]}`);
      problemCount++;
    }
  }
}
console.log(`${files.length} files, ${problemCount} problems`);
process.exitCode = problemCount === 0 ? 0 : 1;
