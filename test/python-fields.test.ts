// Fields of Python models as the worker declares them: the unit tests in Python, and what the server says to type hints.
import { createHost, DeepaasError } from "@deepaas/core";
import { describe, expect, test } from "vitest";
import { hasPython, pythons, runPython } from "./support/python-fields.ts";

const needsPython = "(needs python3)";

test.skipIf(!hasPython)(`the unit tests in Python pass ${needsPython}`, async () => {
  const { stderr } = await runPython("python3", ["-m", "unittest", "discover", "-s", "test/fields"]);
  // Unittest also passes if it finds nothing.
  expect(stderr).toMatch(/^Ran [2-9]\d tests/m);
  expect(stderr).toMatch(/^OK/m);
});

describe.each(pythons)("$packages", ({ variable }) => {
  const python = process.env[variable];
  const title = `the unit tests in Python pass (needs ${variable}, a Python with these packages)`;

  test.skipIf(python === undefined && !process.env.CI)(title, async () => {
    if (python === undefined) expect.fail(`${variable} must name a Python; .ci/run installs one`);
    const run = ["-W", "ignore", "-m", "unittest", "discover", "-s"];
    const { stderr } = await runPython(python, [...run, "test/fields/with_marshmallow"]);
    expect(stderr).toMatch(/^Ran [4-9]\d tests[\s\S]*^OK/m);
    if (variable !== "DEEPAAS_MARSHMALLOW_4_PYTHON") return;
    const { stderr: pydantic } = await runPython(python, [...run, "test/fields/with_pydantic"]);
    expect(pydantic).toMatch(/^Ran 2 tests[\s\S]*^OK/m);
  });
});

const hinted = `
import dataclasses, datetime, enum, json, sys, typing
from typing import Annotated, Dict, List, Literal, Optional, Set, Tuple, TypedDict, Union
from deepaas_worker.fields import declared_fields
class Color(enum.Enum):
    RED = "r"
@dataclasses.dataclass
class Box:
    x: int
    color: Color = Color.RED
class Options(TypedDict, total=False):
    box: Box
class UploadedFile: ...
def predict(
    text: str, k: int = 5, ratio: float = 0.5, anything=None, box: Optional[Box] = None, boxes: List[Box] = (),
    options: Options = {"box": Box(1)}, mode: Literal["a", "b"] = "a", color: Color = Color.RED, none: Box = None,
    pair: Tuple[int, str] = (1, "a"), unique: Set[int] = {1}, day: datetime.date = datetime.date(2026, 1, 2),
    either: Union[int, List[str], None] = None, image: bytes = None, images: Optional[List[UploadedFile]] = None,
    limited: Annotated[int, {"minimum": 1}, "how many"] = 1, table: Dict[str, List[float]] = {"a": [1.0]},
) -> dict: ...
if len(sys.argv) > 1:
    from pydantic import BaseModel
    class Node(BaseModel):
        size: int
        children: "List[Node]" = []
    def predict(nodes: List[Node], node: Optional[Node] = None): ...
json.dump(declared_fields(predict), sys.stdout)`;

describe.skipIf(!hasPython)(`type hints ${needsPython}`, () => {
  const argsOf = async (fields: string, args: Readonly<Record<string, unknown>>) => {
    const predict = ({ images: _files, ...given }: Record<string, unknown>) => given;
    const model = { getPredictArgs: () => JSON.parse(fields) as never, predict: predict as never };
    await using host = await createHost({ models: { m: model } });
    return await host.predict("m", args);
  };

  test("are fields that the server takes", async () => {
    const { stdout } = await runPython("python3", ["-c", hinted]);
    const args = { text: "a", box: { x: 1 }, boxes: [{ x: 2, color: "r" }], either: ["a"], images: [new Blob(["x"])] };
    expect(await argsOf(stdout, args)).toMatchObject({
      k: 5,
      box: { x: 1, color: "r" },
      options: { box: { x: 1, color: "r" } },
      day: "2026-01-02",
      unique: [1],
      none: null,
    });
    for (const wrong of [
      {},
      { text: "a", k: "x" },
      { text: "a", mode: "c" },
      { text: "a", boxes: [{}] },
      { text: "a", limited: 0 },
    ]) {
      await expect(argsOf(stdout, wrong)).rejects.toMatchObject({ code: "invalid_args" });
    }
  });

  const python = process.env.DEEPAAS_MARSHMALLOW_4_PYTHON;
  test.skipIf(python === undefined && !process.env.CI)(
    "models of pydantic are, too (needs DEEPAAS_MARSHMALLOW_4_PYTHON, a Python with pydantic)",
    async () => {
      const { stdout } = await runPython(python as string, ["-c", hinted, "pydantic"]);
      const nodes = [{ size: 1, children: [{ size: 2, children: [] }] }];
      expect(await argsOf(stdout, { nodes, node: nodes[0] })).toMatchObject({ nodes });
      const wrong = { nodes: [{ size: 1, children: [{ size: "x" }] }] };
      await expect(argsOf(stdout, wrong)).rejects.toMatchObject({ code: "invalid_args" });
    },
  );
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
