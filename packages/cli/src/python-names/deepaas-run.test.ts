// From the command line of the Python server to that of `deepaas run`.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { argsOfDeepaasRun } from "./deepaas-run.ts";

test.each<[string, string]>([
  ["--listen-ip 0.0.0.0 --listen-port=5103", "--listen-ip 0.0.0.0 --listen-port 5103"],
  ["--model-name m --base-path /a", "--model-name m --base-path /a"],
  ["-p 3", "--workers 3"],
  ["-d", "--debug"],
  [
    "--nopredict-endpoint --train-endpoint --nodoc-endpoint",
    "--no-predict-endpoint --train-endpoint --no-doc-endpoint",
  ],
  ["--debug-endpoint --nodebug", "--debug-endpoint --no-debug"],
  ["--warm", ""],
  ["--nowarm", ""],
  ["--client-max-size 5 --log-level DEBUG --log-file x.log", "--client-max-size 5 --log-level DEBUG --log-file x.log"],
  ["--listen-p 5113", "--listen-port 5113"],
  ["--pred", "--predict-endpoint"],
  // Several options begin with it, or none: left for the command to refuse.
  ["--listen 5", "--listen 5"],
  ["--listen_port 5", "--listen_port 5"],
  ["--nosuch", "--nosuch"],
])("%s", (given, expected) => {
  const words = (text: string) => text.split(" ").filter((word) => word !== "");
  expect(argsOfDeepaasRun(words(given))).toEqual(["run", "--raw-predictions", ...words(expected)]);
});

test("--version and --shell_completion are commands of their own", () => {
  expect(argsOfDeepaasRun(["--listen-port", "1", "--version"])).toEqual(["--version"]);
  expect(argsOfDeepaasRun(["--shell_completion", "zsh"])).toEqual(["completion", "zsh"]);
});

test("--config-dir names the files of the directory, in order", () => {
  const folder = mkdtempSync(join(tmpdir(), "deepaas-conf-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  for (const name of ["b.conf", "a.conf", "c.txt"]) writeFileSync(join(folder, name), "");
  expect(argsOfDeepaasRun(["--config-dir", folder]).slice(2)).toEqual([
    "--config-file",
    join(folder, "a.conf"),
    "--config-file",
    join(folder, "b.conf"),
  ]);
});
