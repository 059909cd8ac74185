import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { watchFile } from "./watch-file.ts";

/** Returns the path of a file that does not exist yet, in a new folder. */
function newFile(): string {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-watch-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "keys.json");
}

/** Returns a mock that a watch of `file` calls. */
function watched(file: string, pollMs?: number) {
  const onChange = vi.fn();
  const watch = watchFile(file, onChange, pollMs);
  onTestFinished(() => watch.close());
  return onChange;
}

const never = 1_000_000;

test("a write, a rename onto it and its removal are noticed", async () => {
  const file = newFile();
  writeFileSync(file, "1");
  const onChange = watched(file, never);
  for (const change of [
    () => writeFileSync(file, "22"),
    () => {
      writeFileSync(`${file}.new`, "33");
      renameSync(`${file}.new`, file);
    },
    () => rmSync(file),
    () => writeFileSync(file, "44"),
  ]) {
    onChange.mockClear();
    change();
    await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), 15_000);
  }
});

test("without events the file is examined from time to time: here the folder is missing at first", async () => {
  const file = join(dirname(newFile()), "later", "keys.json");
  const onChange = watched(file, 5);
  mkdirSync(dirname(file));
  writeFileSync(file, "1");
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), 15_000);
});

test.skipIf(process.platform === "win32")("a link that is replaced, as Kubernetes does, is noticed", async () => {
  const file = newFile();
  const folder = dirname(file);
  for (const version of ["v1", "v2"]) {
    mkdirSync(join(folder, version));
    writeFileSync(join(folder, version, "keys.json"), "same");
  }
  symlinkSync("v1", join(folder, "..data"));
  symlinkSync(join("..data", "keys.json"), file);
  const onChange = watched(file, never);
  symlinkSync("v2", join(folder, "..data.new"));
  renameSync(join(folder, "..data.new"), join(folder, "..data"));
  await vi.waitFor(() => expect(onChange).toHaveBeenCalled(), 15_000);
});

test("other files of the folder do not matter, and after close nothing does", async () => {
  const file = newFile();
  writeFileSync(file, "1");
  const onChange = vi.fn();
  const watch = watchFile(file, onChange, 1);
  writeFileSync(join(dirname(file), "other"), "1");
  const other = watched(join(dirname(file), "other"), 1);
  writeFileSync(join(dirname(file), "other"), "22");
  await vi.waitFor(() => expect(other).toHaveBeenCalled(), 15_000);
  watch.close();
  writeFileSync(file, "22");
  writeFileSync(join(dirname(file), "other"), "333");
  await vi.waitFor(() => expect(other).toHaveBeenCalledTimes(2), 15_000);
  expect(onChange).not.toHaveBeenCalled();
});
