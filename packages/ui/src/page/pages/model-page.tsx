// One model: its description, and a tab for each thing that one does with it.
import type { ModelDescription } from "@deepaas/core";
import type { ComponentType } from "preact";
import { Badge } from "../parts/badge.tsx";
import { linksOf, textOf, titleOf } from "../parts/metadata.ts";
import { usePageTitle } from "../parts/page-title.ts";
import { Async, Empty } from "../parts/states.tsx";
import { linkTo, type PageProps } from "../routing/router.ts";
import { service } from "../service/connection.ts";
import { useLoaded } from "../service/loaded.ts";
import { TrainView } from "./train-view.tsx";
import { TryView } from "./try-view.tsx";
import { VersionsView } from "./versions-view.tsx";

interface TabProps {
  readonly description: ModelDescription;
  readonly query: URLSearchParams;
  /** Loads the description again. */
  readonly reload: () => void;
}

interface ModelTab {
  readonly path: string;
  readonly title: string;
  readonly View: ComponentType<TabProps>;
  /** What the server asks of whoever uses it. */
  readonly scope: string;
  /** Said to those who lack it. */
  readonly without: string;
}

const tabs: readonly ModelTab[] = [
  { path: "", title: "Try it", View: TryView, scope: "predict", without: "Your key may not call this model" },
  { path: "train", title: "Train", View: TrainView, scope: "train", without: "Your key may not train this model" },
  {
    path: "versions",
    title: "Versions",
    View: VersionsView,
    scope: "admin",
    without: "Your key may not change which version is served",
  },
];

export function ModelPage({ view: { segments, query } }: PageProps) {
  const [, model = "", path = ""] = segments;
  usePageTitle(model);
  const described = useLoaded(`describe ${model}`, (signal) => service.describe(model, { signal }));
  const tab = tabs.find((one) => one.path === path);
  return (
    <>
      {described.value === undefined && <h1>{model}</h1>}
      <Async of={described} what="the model">
        {(description) => (
          <>
            <ModelHead description={description} />
            <nav class="tabs" aria-label="The model">
              {tabs.map((one) => (
                <a
                  key={one.path}
                  href={linkTo(["models", model, ...(one.path === "" ? [] : [one.path])])}
                  aria-current={one === tab ? "page" : undefined}
                >
                  {one.title}
                </a>
              ))}
              <a href={linkTo(["runs"], { model })}>Runs</a>
            </nav>
            {tab && description.may?.includes(tab.scope) === false && (
              <p class="note warn missing-scope">
                {tab.without}: it lacks the scope {tab.scope}.
              </p>
            )}
            {tab ? (
              <tab.View description={description} query={query} reload={described.reload} />
            ) : (
              <Empty title="There is no such page" />
            )}
          </>
        )}
      </Async>
    </>
  );
}

function ModelHead({ description: { metadata } }: { readonly description: ModelDescription }) {
  const description = textOf(metadata.description);
  const facts = [textOf(metadata.author), textOf(metadata.license), textOf(metadata.version)].filter(Boolean);
  return (
    <div class="page-head">
      <div class="stack tight">
        <h1>{titleOf(metadata)}</h1>
        {description && <p>{description}</p>}
        <p class="row small soft">
          <Badge tone="good">
            {metadata.weightsVersion === 0 ? "shipped weights" : `weights version ${metadata.weightsVersion}`}
          </Badge>
          {facts.map((text) => (
            <span key={text}>{text}</span>
          ))}
          {linksOf(metadata).map(({ title, href }) => (
            <a key={href} href={href} target="_blank" rel="noreferrer">
              {title}
            </a>
          ))}
        </p>
      </div>
    </div>
  );
}
