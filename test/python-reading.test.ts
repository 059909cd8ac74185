// The Python worker reads what arrives while its main thread is busy: the unit tests in Python.
import { expect, test } from "vitest";
import { hasPython, runPython } from "./support/python-fields.ts";

test.skipIf(!hasPython)("the unit tests in Python pass (needs python3)", async () => {
  const { stderr } = await runPython("python3", ["-m", "unittest", "discover", "-s", "test/worker"]);
  expect(stderr).toMatch(/^Ran 3 tests[\s\S]*^OK/m);
});
