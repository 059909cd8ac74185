// The result of `deepaas check`: a table for people, an object for programs, and the exit code.
import { type Style, styled } from "../terminal/style.ts";
import { table } from "../terminal/table.ts";
import type { Checked } from "./check-model.ts";
import type { Finding, Status } from "./finding.ts";

const styles: Readonly<Record<Status, Style>> = { ok: "green", warning: "yellow", error: "red", skipped: "dim" };

/** Returns one line for each finding, and one that counts them. */
export function checkTable({ findings }: Checked): string {
  const rows = findings.map(({ check, status, place, message, hint }) => [
    styled(styles[status], status),
    check,
    cut(place),
    hint === undefined ? cut(message) : `${cut(message).replace(/\.$/, "")}; ${hint}`,
  ]);
  const columns = [{ title: "Result" }, { title: "Check" }, { title: "Place" }, { title: "Finding" }];
  return `${table(columns, rows)}${counted(findings, "error")}, ${counted(findings, "warning")}\n`;
}

/** Returns one line. */
export function checkJson({ model, module, findings }: Checked): string {
  const [errors, warnings] = [count(findings, "error"), count(findings, "warning")];
  return `${JSON.stringify({ model, module, ok: errors === 0, errors, warnings, checks: findings })}\n`;
}

/** `strict`: a warning counts as an error. */
export function checkExitCode({ findings }: Checked, { strict }: { readonly strict: boolean }): 0 | 1 {
  return count(findings, "error") > 0 || (strict && count(findings, "warning") > 0) ? 1 : 0;
}

function count(findings: readonly Finding[], status: Status): number {
  return findings.filter((one) => one.status === status).length;
}

function counted(findings: readonly Finding[], status: Status): string {
  const number = count(findings, status);
  return `${number} ${status}${number === 1 ? "" : "s"}`;
}

const longestText = 240;

/** One line: what a model threw or printed may have line breaks and control characters, and any length. */
function cut(text: string): string {
  const line = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return line.length > longestText ? `${line.slice(0, longestText)}…` : line;
}
