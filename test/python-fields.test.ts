// Fields of Python models as the worker declares them: what needs the standard library of Python only.
import { createHost, DeepaasError } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { hasPython, runPython } from "./support/python-fields.ts";

const needsPython = "(needs python3)";

test.skipIf(!hasPython)(`the unit tests in Python pass ${needsPython}`, async () => {
  const { stderr } = await runPython("python3", ["-m", "unittest", "discover", "-s", "test/fields"]);
  // Unittest also passes if it finds nothing.
  expect(stderr).toMatch(/^Ran [2-9]\d tests/m);
  expect(stderr).toMatch(/^OK/m);
});

describe.skipIf(!hasPython)(`patterns of Python ${needsPython}`, () => {
  const patterns = [
    ...[
      "^[a-z]+$",
      "[a-z]+",
      "^a|b",
      "a.c",
      "(?:ab)+$",
      "a{2,3}$",
      "a{,2}b",
      "a{x}",
      String.raw`^\w+$`,
      String.raw`\W`,
    ],
    ...[String.raw`^\d+$`, String.raw`\D`, String.raw`a\sb`, String.raw`\S+$`, String.raw`^[\w.+-]+\@[\w-]+\.\w+$`],
    ...[
      "^[]a-c]+$",
      "^[^]a]$",
      String.raw`\-\_\ \"\/`,
      String.raw`\x41\u00e9`,
      "a+?b",
      "a}]",
      String.raw`[\d\s]+$`,
      "()",
    ],
  ];
  const texts = [
    ...[
      "",
      "a",
      "b",
      "abc",
      "ABC",
      "ab",
      "abab",
      "aa",
      "aaaa",
      "aab",
      "a{x}",
      "é",
      "ü1_",
      "٣",
      "3",
      "12",
      "a b",
      "a\u00a0b",
    ],
    ...[
      "a\ufeffb",
      "a\u001cb",
      "a\nc",
      "a\u2028c",
      "xab",
      "x@y.de",
      "x@y",
      "]",
      "]a",
      '-_ "/',
      "Aé",
      "a}]",
      " 3 ",
      "!",
      "😀",
    ],
  ];

  test("find what Python finds", async () => {
    const script = `
import json, re, sys
from deepaas_worker.fields.patterns import json_pattern
given = json.load(sys.stdin)
regexes = [re.compile(pattern) for pattern in given["patterns"]]
json.dump([{"pattern": json_pattern(regex, at_start=True), "found": [bool(regex.match(text)) for text in given["texts"]]} for regex in regexes], sys.stdout)`;
    const { stdout } = await runPython("python3", ["-c", script], JSON.stringify({ patterns, texts }));
    const converted = JSON.parse(stdout) as { pattern: string | null; found: boolean[] }[];
    const fields = Object.fromEntries(
      converted.map(({ pattern }, i) => [`p${i}`, { type: "string", pattern, required: false }]),
    );
    await using host = await createHost({ models: { m: { getPredictArgs: () => fields as never, predict: () => 1 } } });
    const differences: unknown[] = [];
    for (const [i, { pattern, found }] of converted.entries()) {
      for (const [j, text] of texts.entries()) {
        const taken = await host.predict("m", { [`p${i}`]: text }).then(
          () => true,
          (error: unknown) => !DeepaasError.is(error) || error.code !== "invalid_args",
        );
        if (taken !== found[j]) differences.push([patterns[i], pattern, text, `Python: ${String(found[j])}`]);
      }
    }
    expect(differences).toEqual([]);
  });
});
