import { type ArtifactInfo, isObject, type JsonObject, type JsonValue, type Run } from "@deepaas/core";
import { artifactPath } from "@deepaas/protocol";
import { useState } from "preact/hooks";
import { Badge } from "../parts/badge.tsx";
import { CopyButton } from "../parts/copy-button.tsx";
import { ScrollFrame } from "../parts/scroll-frame.tsx";
import { bytesText, timeText } from "../parts/texts.ts";
import { serverUrl } from "../service/connection.ts";
import type { FollowedRun } from "./followed-run.ts";

export function RunError({ run: { state, error, reason } }: { readonly run: Run }) {
  if (error) {
    return (
      <div class="note bad">
        <p>
          <Badge tone="bad">{error.code}</Badge>
        </p>
        <p class="run-error">{error.message}</p>
        {error.issues && (
          <ul>
            {error.issues.map(({ pointer, message }) => (
              <li key={`${pointer} ${message}`}>
                <code>{pointer || "/"}</code> {message}
              </li>
            ))}
          </ul>
        )}
      </div>
    );
  }
  if (reason === undefined) return null;
  return (
    <p class={`note ${state === "lost" ? "warn" : ""}`}>
      {state === "lost" ? `The attempt was lost; another one follows. ${reason}` : reason}
    </p>
  );
}

export function RunResult({ result }: { readonly result: JsonValue | undefined }) {
  if (result === undefined || result === null) return null;
  const text = JSON.stringify(result, null, 2);
  return (
    <section class="card stack" aria-labelledby="run-result-title">
      <div class="row">
        <h2 id="run-result-title">Result</h2>
        <CopyButton text={text} />
      </div>
      <ScrollFrame class="run-json" title="Result as JSON">
        <pre>{text}</pre>
      </ScrollFrame>
    </section>
  );
}

export function RunArguments({ args }: { readonly args: JsonObject }) {
  const entries = Object.entries(args);
  return (
    <section class="stack" aria-labelledby="run-arguments-title">
      <h2 id="run-arguments-title">Arguments</h2>
      {entries.length === 0 ? (
        <p class="soft">None.</p>
      ) : (
        <div class="table-wrap">
          <table>
            <tbody>
              {entries.map(([name, value]) => (
                <tr key={name}>
                  <th scope="row">{name}</th>
                  <td class="mono run-value">{valueText(value)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

/** A text as it is; anything else as JSON. */
export function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return "";
  return typeof value === "string" ? value : JSON.stringify(value, null, isObject(value) ? 1 : 0);
}

export function RunCheckpoints({ followed, run }: { readonly followed: FollowedRun; readonly run: Run }) {
  void followed.logVersion.value;
  const { checkpoints, hasEarlier } = followed.log;
  if (!run.checkpoint) return null;
  const known = checkpoints.slice(-100).reverse();
  return (
    <section class="stack" aria-labelledby="run-checkpoints-title">
      <h2 id="run-checkpoints-title">Checkpoints</h2>
      {known.length === 0 ? (
        <p class="number">The newest is of step {run.checkpoint.step.toLocaleString("en")}.</p>
      ) : (
        <ScrollFrame class="run-checkpoints" title="Checkpoints, newest first">
          <ol class="plain-list">
            {known.map(({ step, at }) => (
              <li class="row number" key={at + step}>
                <span>step {step.toLocaleString("en")}</span>
                <time class="soft small" dateTime={at}>
                  {timeText(at)}
                </time>
              </li>
            ))}
          </ol>
        </ScrollFrame>
      )}
      {hasEarlier && known.length > 0 && (
        <p class="soft small">Earlier ones appear with the earlier lines of the log.</p>
      )}
    </section>
  );
}

export function RunArtifacts({ run: { id, artifacts } }: { readonly run: Run }) {
  if (artifacts.length === 0) return null;
  return (
    <section class="stack" aria-labelledby="run-artifacts-title">
      <h2 id="run-artifacts-title">Artifacts</h2>
      <ul class="plain stack">
        {artifacts.map((artifact) => (
          <Artifact key={artifact.name} runId={id} artifact={artifact} />
        ))}
      </ul>
    </section>
  );
}

/** Formats that a browser shows without running anything in them. */
const shownImages: ReadonlySet<string> = new Set(["image/png", "image/jpeg", "image/gif", "image/webp", "image/avif"]);

function Artifact({
  runId,
  artifact: { name, size, contentType },
}: {
  readonly runId: string;
  readonly artifact: ArtifactInfo;
}) {
  const [isBroken, setBroken] = useState(false);
  const href = serverUrl + artifactPath(runId, name);
  const type = (contentType.split(";")[0] ?? "").trim().toLowerCase();
  return (
    <li class="card artifact">
      <div class="row">
        <a href={href} download={name}>
          {name}
        </a>
        <span class="soft small number">
          {bytesText(size)} · {type}
        </span>
      </div>
      {shownImages.has(type) && !isBroken && (
        <img src={href} alt={name} loading="lazy" onError={() => setBroken(true)} />
      )}
    </li>
  );
}
