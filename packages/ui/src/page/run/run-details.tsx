// What is known of a run besides its curves and its log.
import type { JsonValue, Run } from "@deepaas/core";
import { artifactPath } from "@deepaas/protocol";
import type { ComponentChildren } from "preact";
import { Badge } from "../parts/badge.tsx";
import { Facts } from "../parts/facts.tsx";
import { bytesText, timeText } from "../parts/texts.ts";
import { showToast } from "../parts/toasts.tsx";
import { sentenceOf, serverUrl, service } from "../service/connection.ts";
import { useGrantQuery } from "../service/grant.ts";
import { useLoaded } from "../service/loaded.ts";
import type { FollowedRun } from "./followed-run.ts";

interface SectionProps {
  readonly title: string;
  readonly children: ComponentChildren;
}

export function Section({ title, children }: SectionProps) {
  return (
    <section class="card stack" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** Why it ended, or why its attempt was lost. */
export function RunError({ run: { state, error, reason } }: { readonly run: Run }) {
  if (error)
    return (
      <div class="note bad">
        <p>
          <Badge tone="bad">{error.code}</Badge>
        </p>
        <p class="run-text">{error.message}</p>
        {error.issues?.map(({ pointer, message }) => (
          <p key={`${pointer} ${message}`}>
            <code>{pointer || "/"}</code> {message}
          </p>
        ))}
      </div>
    );
  if (reason === undefined) return null;
  return <p class="note warn">{state === "lost" ? `The attempt was lost; another one follows. ${reason}` : reason}</p>;
}

export function RunDetails({ run, followed }: { readonly run: Run; readonly followed: FollowedRun }) {
  const args = Object.entries(run.args);
  return (
    <>
      {run.state === "succeeded" && <RunVersions run={run} />}
      <Section title="Arguments">
        {args.length === 0 && <p class="soft">None.</p>}
        <Facts of={args.map(([name, value]) => [name, <code class="run-text">{valueText(value)}</code>])} />
      </Section>
      {run.artifacts.length > 0 && <RunArtifacts run={run} />}
      <Section title="Details">
        <Facts
          of={[
            ["Created", timeText(run.createdAt)],
            ["Owner", run.owner],
            ["Attempt", run.attempt || "none yet"],
            ["Last checkpoint", run.checkpoint && `step ${run.checkpoint.step.toLocaleString("en")}`],
          ]}
        />
        <RunCheckpoints followed={followed} />
      </Section>
    </>
  );
}

/** A text as it is; anything else as JSON. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" && value !== "" ? value : JSON.stringify(value);
}

function RunArtifacts({ run: { id, artifacts } }: { readonly run: Run }) {
  const query = useGrantQuery(id);
  if (query === undefined) return null;
  return (
    <Section title="Artifacts">
      {artifacts.map(({ name, size, contentType }) => {
        const href = serverUrl + artifactPath(id, name) + query;
        return (
          <div key={name} class="run-text">
            <a href={href} download={name}>
              {name}
            </a>{" "}
            <span class="soft small">
              {bytesText(size)} · {contentType}
            </span>
            {contentType.startsWith("image/") && <img src={href} alt={name} loading="lazy" />}
          </div>
        );
      })}
    </Section>
  );
}

const mostCheckpoints = 100;

/** Those that are among the loaded lines of the log. */
function RunCheckpoints({ followed }: { readonly followed: FollowedRun }) {
  void followed.version.value;
  const known = followed.log
    .filter((event) => event.type === "checkpoint")
    .slice(-mostCheckpoints)
    .reverse();
  if (known.length === 0) return null;
  return (
    <details>
      <summary class="small soft">Checkpoints</summary>
      <Facts of={known.map(({ step, at }) => [`step ${step.toLocaleString("en")}`, timeText(at)])} />
    </details>
  );
}

/** The versions of weights that the run has made, and whether one of them is served. */
function RunVersions({ run }: { readonly run: Run }) {
  // Another version may be served at any time.
  const { value, reload } = useLoaded(run.id, (signal) => service.versions(run.model, { signal }), { everyMs: 10_000 });
  const own = value?.versions.filter(({ runId }) => runId === run.id) ?? [];
  if (own.length === 0) return null;
  const serve = (number: number) =>
    service.serveVersion(run.model, number).then(reload, (error: unknown) => showToast(sentenceOf(error)));
  return (
    <Section title="Weights">
      {own.map(({ number }) => (
        <p class="row" key={number}>
          Version {number}{" "}
          {number === value?.served ? (
            <Badge tone="good">served</Badge>
          ) : (
            <button type="button" class="button small" onClick={() => void serve(number)}>
              Serve version {number}
            </button>
          )}
        </p>
      ))}
    </Section>
  );
}
