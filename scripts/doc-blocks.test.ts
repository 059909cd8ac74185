import { describe, expect, it } from "vitest";
import { checkPage } from "./doc-blocks.ts";

const files: Record<string, string> = {
  "hello.ts": 'console.log("hello");\n',
  "story.test.ts": 'it("runs", () => {\n  // #region call\n  const a = 1;\n\n  use(a);\n  // #endregion call\n});\n',
  "run.sh": "# #region start\nnpm start\n# #endregion start\n",
};
const check = (page: string) => checkPage(page, (path) => files[path]);
const messages = (page: string) => check(page).problems.map(({ line, message }) => `${line}: ${message}`);

describe("a code block in a page", () => {
  it("is valid if it is the whole file", () => {
    expect(messages('<!-- file: hello.ts -->\n```ts\nconsole.log("hello");\n```\n')).toEqual([]);
  });

  it("is valid if it is a region without its indentation", () => {
    expect(messages("<!-- file: story.test.ts#call -->\n```ts\nconst a = 1;\n\nuse(a);\n```")).toEqual([]);
    expect(messages("<!-- file: run.sh#start -->\n```sh\nnpm start\n```")).toEqual([]);
  });

  it("is invalid if its text differs from the file, and is rewritten", () => {
    const page = "Intro\n\n<!-- file: hello.ts -->\n```ts\nconsole.log(1);\n```\n\nEnd\n";
    expect(messages(page)).toEqual(["4: the block differs from its file"]);
    expect(check(page).text).toBe('Intro\n\n<!-- file: hello.ts -->\n```ts\nconsole.log("hello");\n```\n\nEnd\n');
  });

  it("keeps the indentation of a list", () => {
    const page = "- item\n\n  <!-- file: story.test.ts#call -->\n  ```ts\n  ```\n";
    expect(check(page).text).toContain("  ```ts\n  const a = 1;\n\n  use(a);\n  ```\n");
  });

  it("is invalid if it names no file, a missing file or a missing region", () => {
    expect(messages("```ts\nx\n```")[0]).toContain("does not say which file");
    expect(messages("<!-- file: no.ts -->\n```ts\nx\n```")[0]).toContain("there is no file no.ts");
    expect(messages("<!-- file: hello.ts#no -->\n```ts\nx\n```")[0]).toContain("hello.ts has no region no");
  });

  it("may be output only if it is text", () => {
    expect(messages("<!-- output -->\n```text\nanything\n```")).toEqual([]);
    expect(messages("<!-- output -->\n```ts\nanything\n```")).toEqual(["2: only a `text` block can be output"]);
  });

  it("is invalid if it is never closed", () => {
    expect(messages("<!-- output -->\n```text\nanything\n")).toEqual(["2: the block is not closed"]);
  });
});
