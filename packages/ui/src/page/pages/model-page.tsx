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

const tabs: readonly (readonly [path: string, title: string, ComponentType<TabProps>])[] = [
  ["", "Try it", TryView],
  ["train", "Train", TrainView],
  ["versions", "Versions", VersionsView],
];

export function ModelPage({ view: { segments, query } }: PageProps) {
  const [, model = "", path = ""] = segments;
  usePageTitle(model);
  const described = useLoaded(`describe ${model}`, (signal) => service.describe(model, { signal }));
  const [, , Tab] = tabs.find(([one]) => one === path) ?? [];
  return (
    <>
      {described.value === undefined && <h1>{model}</h1>}
      <Async of={described} what="the model">
        {(description) => (
          <>
            <ModelHead description={description} />
            <nav class="tabs" aria-label="The model">
              {tabs.map(([one, title]) => (
                <a
                  key={one}
                  href={linkTo(["models", model, ...(one === "" ? [] : [one])])}
                  aria-current={one === path ? "page" : undefined}
                >
                  {title}
                </a>
              ))}
              <a href={linkTo(["runs"], { model })}>Runs</a>
            </nav>
            {Tab ? (
              <Tab description={description} query={query} reload={described.reload} />
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
