// The runs of all models: filter, order, pages; a choice of them to compare, to save or to delete.
import { isTerminal, type Run, type RunState, runStates } from "@deepaas/core";
import { useState } from "preact/hooks";
import { StateBadge } from "../parts/badge.tsx";
import { type Column, DataTable } from "../parts/data-table.tsx";
import { usePageTitle } from "../parts/page-title.ts";
import { isHidden, removeLater } from "../parts/removal.ts";
import { Async, Empty } from "../parts/states.tsx";
import { durationText, metricText, numberText } from "../parts/texts.ts";
import { Time } from "../parts/time.tsx";
import { goTo, linkTo, type PageProps } from "../routing/router.ts";
import { RunExport } from "../run/run-export.tsx";
import { service } from "../service/connection.ts";
import { useLoaded } from "../service/loaded.ts";
import { filterFrom, metricNames, metricOf, ranMs } from "./runs-list.ts";

/** A chart with more lines cannot be read. */
const maxCompared = 10;

export function RunsPage({ view: { query } }: PageProps) {
  usePageTitle("Runs");
  const runs = useLoaded(`runs ${query}`, (signal) => service.runs(filterFrom(query), { signal }), { everyMs: 3_000 });
  const models = useLoaded("models", (signal) => service.models({ signal }));
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const names = (models.value ?? []).map(({ servedAs }) => servedAs);
  return (
    <>
      <div class="page-head">
        <h1>Runs</h1>
      </div>
      <div class="stack">
        <Filters query={query} models={names} metrics={metricNames(runs.value?.items ?? [])} />
        <Async of={runs} what="the runs">
          {({ items, next }) => {
            const shown = items.filter(({ id }) => !isHidden(`run ${id}`));
            if (shown.length === 0) return <NoRuns query={query} />;
            const chosen = shown.filter(({ id }) => selected.has(id));
            return (
              <>
                <Actions chosen={chosen} />
                <RunTable runs={shown} {...{ selected, setSelected }} />
                <nav class="row" aria-label="Pages">
                  {query.has("after") && (
                    <a class="button" href={linkWith(query, { after: undefined })}>
                      First page
                    </a>
                  )}
                  {next !== null && (
                    <a class="button" href={linkWith(query, { after: next })}>
                      Next page
                    </a>
                  )}
                </nav>
              </>
            );
          }}
        </Async>
      </div>
    </>
  );
}

function linkWith(query: URLSearchParams, changed: Readonly<Record<string, string | undefined>>): string {
  return linkTo(["runs"], { ...Object.fromEntries(query), ...changed });
}

interface FiltersProps {
  readonly query: URLSearchParams;
  readonly models: readonly string[];
  readonly metrics: readonly string[];
}

function Filters({ query, models, metrics }: FiltersProps) {
  const order = query.get("order") ?? "newest";
  const orders = ["newest", "oldest", ...metrics.flatMap((name) => [`highest ${name}`, `lowest ${name}`])];
  const set = (name: string) => (value: string) => goTo(linkWith(query, { [name]: value, after: undefined }));
  const withChosen = (options: readonly string[], chosen: string | null) =>
    chosen === null || options.includes(chosen) ? options : [...options, chosen];
  return (
    <form class="row filters" onSubmit={(event) => event.preventDefault()}>
      <Choice title="Model" value={query.get("model") ?? ""} onChange={set("model")}>
        {[["", "all"], ...withChosen(models, query.get("model")).map((name) => [name, name] as const)]}
      </Choice>
      <Choice title="State" value={query.get("state") ?? ""} onChange={set("state")}>
        {[["", "all"], ...runStates.map((state: RunState) => [state, state] as const)]}
      </Choice>
      <Choice title="Order" value={order} onChange={set("order")}>
        {withChosen(orders, order).map((one) => [one, orderText(one)] as const)}
      </Choice>
    </form>
  );
}

function orderText(order: string): string {
  if (order === "newest" || order === "oldest") return `${order} first`;
  return order;
}

interface ChoiceProps {
  readonly title: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  readonly children: readonly (readonly [value: string, text: string] | readonly string[])[];
}

function Choice({ title, value, onChange, children }: ChoiceProps) {
  return (
    <label class="choice">
      <span>{title}</span>
      <select class="select" value={value} onChange={({ currentTarget }) => onChange(currentTarget.value)}>
        {children.map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

function NoRuns({ query }: { readonly query: URLSearchParams }) {
  const isFiltered = ["model", "state", "after"].some((name) => query.has(name));
  return isFiltered ? (
    <Empty title="No run matches">
      <a class="button" href={linkTo(["runs"])}>
        Show all runs
      </a>
    </Empty>
  ) : (
    <Empty title="No training has run yet">
      <p>Choose a model, set its arguments, and watch it learn.</p>
      <a class="button primary" href={linkTo(["models"])}>
        See the models
      </a>
    </Empty>
  );
}

/** The buttons for the chosen runs. */
function Actions({ chosen }: { readonly chosen: readonly Run[] }) {
  const ended = chosen.filter(({ state }) => isTerminal(state));
  const comparable = chosen.length >= 2 && chosen.length <= maxCompared;
  return (
    <div class="row">
      <button
        type="button"
        class="button primary"
        disabled={!comparable}
        onClick={() => goTo(linkTo(["compare"], { run: chosen.map(({ id }) => id) }))}
      >
        Compare
      </button>
      <button
        type="button"
        class="button"
        disabled={ended.length === 0}
        onClick={() => {
          for (const { id } of ended) {
            removeLater({
              key: `run ${id}`,
              text: `Run ${id.slice(0, 12)} is deleted.`,
              remove: () => service.remove(id),
            });
          }
        }}
      >
        Delete
      </button>
      {chosen.length > 0 && <RunExport ids={chosen.map(({ id }) => id)} />}
      <span class="small soft" role="status">
        {choiceText(chosen, ended)}
      </span>
    </div>
  );
}

function choiceText(chosen: readonly Run[], ended: readonly Run[]): string {
  if (chosen.length === 0) return "Choose runs to compare, save or delete them.";
  const running = chosen.length - ended.length;
  const hint = chosen.length > maxCompared ? ` At most ${maxCompared} can be compared.` : "";
  return `${chosen.length} chosen.${running > 0 ? ` ${running} of them not ended: cancel first to delete.` : ""}${hint}`;
}

interface RunTableProps {
  readonly runs: readonly Run[];
  readonly selected: ReadonlySet<string>;
  readonly setSelected: (ids: ReadonlySet<string>) => void;
}

/** More columns would not fit. */
const maxMetrics = 6;

function RunTable({ runs, selected, setSelected }: RunTableProps) {
  const metrics = metricNames(runs).slice(0, maxMetrics);
  const now = Date.now();
  const toggle = (id: string) => {
    const ids = new Set(selected);
    if (!ids.delete(id)) ids.add(id);
    setSelected(ids);
  };
  const columns: readonly Column<Run>[] = [
    {
      title: "Choose",
      quiet: true,
      cell: ({ id }) => (
        <input type="checkbox" aria-label={`Choose run ${id}`} checked={selected.has(id)} onChange={() => toggle(id)} />
      ),
    },
    {
      title: "Run",
      cell: ({ id }) => (
        <a class="mono" href={linkTo(["runs", id])}>
          {id.length > 16 ? `${id.slice(0, 12)}…` : id}
        </a>
      ),
    },
    { title: "Model", cell: ({ model }) => <a href={linkTo(["models", model])}>{model}</a> },
    { title: "State", cell: ({ state }) => <StateBadge state={state} /> },
    { title: "Progress", cell: (run) => <RunProgress run={run} /> },
    ...metrics.map((name) => ({ title: name, numeric: true, cell: (run: Run) => metricText(metricOf(run, name)) })),
    { title: "Created", cell: ({ createdAt }) => <Time at={createdAt} /> },
    { title: "Ran", numeric: true, cell: (run) => ranText(run, now) },
  ];
  return <DataTable title="Runs" rows={runs} keyOf={({ id }) => id} columns={columns} />;
}

function ranText(run: Run, now: number): string {
  const ms = ranMs(run, now);
  return ms === undefined ? "" : durationText(ms);
}

function RunProgress({ run: { progress: { step, total } = {} } }: { readonly run: Run }) {
  if (step === undefined) return null;
  if (total === undefined || total <= 0) return <>{numberText(step)}</>;
  return (
    <span class="progress-cell">
      <progress max={total} value={step} aria-label="Progress" />
      <span class="number">
        {numberText(step)}/{numberText(total)}
      </span>
    </span>
  );
}
