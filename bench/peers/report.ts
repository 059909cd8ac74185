// Writes the figures of all peers as Markdown.
import { median } from "../bench-case.ts";
import type { Installed } from "./install.ts";
import { baseline, type Peer } from "./peer-list.ts";
import { blockSeconds, cpuWorkMs, noopCallers, uploads, watchers } from "./works.ts";

export interface Measured {
  readonly peer: Peer;
  readonly installed: Installed | undefined;
  /** One for each round, by the name of the figure. */
  readonly figures: Map<string, number[]>;
  /** By the name of the work, or "start". */
  readonly failures: Map<string, string>;
}

interface Column {
  readonly figure: string;
  readonly title: string;
}

interface Table {
  readonly title: string;
  readonly text: string;
  readonly columns: readonly Column[];
}

const tables: readonly Table[] = [
  {
    title: "A no-op predict: CPU time per call",
    text: "CPU time of all processes of the server in µs per call, at 1, 32 and 256 callers, and resident memory after it.",
    columns: [
      ...noopCallers.map((callers) => ({ figure: `noop ${callers} µs`, title: `${callers}, µs` })),
      { figure: "noop MiB", title: "memory, MiB" },
    ],
  },
  {
    title: "A no-op predict: calls per second",
    text: "The callers take CPU time of the same machine; a fast server waits for them.",
    columns: noopCallers.map((callers) => ({ figure: `noop ${callers} calls/s`, title: `${callers}, calls/s` })),
  },
  {
    title: "A predict that uses CPU time, two workers",
    text: "Calls per second at 8 callers, of a predict that uses 2 ms or 20 ms of CPU time.",
    columns: cpuWorkMs.map((ms) => ({ figure: `cpu ${ms} calls/s`, title: `${ms} ms, calls/s` })),
  },
  {
    title: `Health while one predict uses the CPU for ${blockSeconds} s`,
    text: "Time of a request for the health of the server, asked every 20 ms.",
    columns: [
      { figure: "health median ms", title: "median, ms" },
      { figure: "health longest ms", title: "longest, ms" },
    ],
  },
  {
    title: "Uploads: CPU time",
    text: "CPU time of the server in ms per upload of one file, one after the other.",
    columns: uploads.map(({ name }) => ({ figure: `${name} CPU ms`, title: `${name}, ms` })),
  },
  {
    title: "Uploads: time and memory",
    text: "Time per upload, and the largest memory of the server during the largest one.",
    columns: [
      ...uploads.map(({ name }) => ({ figure: `${name} ms`, title: `${name}, ms` })),
      { figure: "200 MB MiB", title: "memory, MiB" },
    ],
  },
  {
    title: "Start",
    text: "Time from the start of the process to the first answer, and what the idle server then uses.",
    columns: [
      { figure: "start ms", title: "first answer, ms" },
      { figure: "idle MiB", title: "memory, MiB" },
      { figure: "processes", title: "processes" },
    ],
  },
  {
    title: `${watchers} watchers of one run`,
    text: "CPU time of the server per delivered event, the 99th percentile from report to receipt, and the memory.",
    columns: (["sse", "ws"] as const).flatMap((over) => {
      const name = over === "sse" ? "SSE" : "WebSocket";
      return [
        { figure: `${over} µs`, title: `${name}, µs` },
        { figure: `${over} p99 ms`, title: "p99, ms" },
        { figure: `${over} MiB`, title: "memory, MiB" },
      ];
    }),
  },
];

export interface ReportHead {
  readonly command: string;
  readonly machine: string;
  readonly minutes: number;
  readonly rounds: number;
}

export function report(all: readonly Measured[], { command, machine, minutes, rounds }: ReportHead): string {
  return `${[
    "# Our server beside others",
    `\`${command}\` wrote this page in ${minutes} minutes, on ${machine}.`,
    `Median of the rounds, with minimum and maximum: ${rounds} rounds, in which every server is started anew and does all the work; the order
is reversed in every second round. What takes long (health and the uploads) is measured in the first three rounds only. Koa with a
hand-written route is the baseline and is measured twice: the difference between its two rows is noise.`,
    ...tables.flatMap((table) => section(table, all)),
    ...serverSection(all),
    ...failureSection(all),
    differences,
  ].join("\n\n")}\n`;
}

function section({ title, text, columns }: Table, all: readonly Measured[]): string[] {
  if (!all.some(({ figures }) => columns.some(({ figure }) => figures.has(figure)))) return [];
  // With several callers, where there is such a column: one caller is noisy.
  const compared = columns.find(({ title }) => title.startsWith("32")) ?? columns[0];
  const reference = all.find(({ peer }) => peer.name === baseline)?.figures.get(compared?.figure ?? "");
  const isCost = compared?.title.endsWith("µs") && reference !== undefined;
  const head = ["Server", ...columns.map((column) => column.title), ...(isCost ? [`${compared?.title}, of Koa`] : [])];
  const rows = all.map(({ peer, figures, failures }) => {
    const cells = columns.map(({ figure }) => cell(figures.get(figure), failures.size > 0, figure));
    const own = figures.get(compared?.figure ?? "");
    const ratio = isCost && own && reference ? [ratioText(own, reference)] : isCost ? ["-"] : [];
    return row([peer.title, ...cells, ...ratio]);
  });
  return [`## ${title}`, text, [row(head), row(head.map(() => "---")), ...rows].join("\n")];
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function cell(figures: readonly number[] | undefined, hasFailed: boolean, figure: string): string {
  if (figures === undefined || figures.length === 0) {
    return hasFailed && !/^(?:sse|ws) /.test(figure) ? "not measured" : "not offered";
  }
  const [low, mid, high] = [Math.min(...figures), median(figures), Math.max(...figures)].map(rounded);
  return low === high ? `${mid}` : `${mid} (${low}-${high})`;
}

/** Pairs the rounds in their order. */
function ratioText(figures: readonly number[], reference: readonly number[]): string {
  const ratios = figures.map((one, round) => one / (reference[round] ?? median(reference)));
  const [low, mid, high] = [Math.min(...ratios), median(ratios), Math.max(...ratios)].map((one) => one.toFixed(2));
  return low === high ? `${mid}` : `${mid} (${low}-${high})`;
}

function rounded(figure: number): string {
  return figure >= 100 ? Math.round(figure).toLocaleString("en") : String(Number(figure.toPrecision(2)));
}

function serverSection(all: readonly Measured[]): string[] {
  const rows = all
    .filter(({ installed }) => installed !== undefined)
    .map(({ peer, installed }) =>
      row([
        peer.title,
        installed?.versions.join(", ") || "this workspace",
        `\`${peer.shown}\``,
        peer.workers ?? "none",
      ]),
    );
  return [
    "## Servers",
    [row(["Server", "Versions", "Command", "Two workers"]), row(Array(4).fill("---")), ...rows].join("\n"),
  ];
}

function failureSection(all: readonly Measured[]): string[] {
  const lines = all.flatMap(({ peer, failures }) =>
    [...failures].map(([work, reason]) => `- ${peer.title}, ${work}: \`${reason.replaceAll("`", "'")}\``),
  );
  return lines.length === 0 ? [] : ["## Not measured", lines.join("\n")];
}

const differences = `## What differs

- Every predict takes \`text\`, \`n\`, \`flag\` and \`ms\` as JSON and returns \`text\`, \`n\`, \`flag\` and \`size\`. Fastify, FastAPI, LitServe (with
  pydantic, by hand), BentoML, DEEPaaS and ours check the arguments; \`node:http\`, Koa and Hono do not. Fastify, FastAPI, BentoML, DEEPaaS
  and ours also check or filter the answer.
- DEEPaaS logs each request, which is its default. The access logs of FastAPI (uvicorn), LitServe and BentoML are off. Logs go to a file.
- FastAPI answers the no-op in an \`async def\` route; CPU work runs in a \`def\` route, in threads. LitServe, DEEPaaS and \`deepaas run\`
  call the model in another process. The other servers, and ours inline or in a Koa app, call it in the process that answers requests.
- "Ours in a Koa app" predicts inline, except with two workers. Where there are no workers "not offered" is shown.
- CPU work is measured by the clock of the process in Node.js and by that of the thread in Python: both count single microseconds.
- An upload is a form with one file. \`node:http\` and Koa write the request as it is to a file, without reading the form. Fastify uses
  \`@fastify/multipart\` and writes a file; ours, BentoML and DEEPaaS also keep it in a file. FastAPI and LitServe keep files above 1 MB
  in a temporary file, Hono keeps them in memory. Limits of the request size are raised where there are any.
- Memory is the private memory of all processes, and once what they share. Watchers exist in ours only; "ours in a Koa app" has no
  WebSocket here.`;
