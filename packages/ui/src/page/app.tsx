// The frame of all views: navigation, the state of the connection, and the view that the address names.
import type { ComponentType } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import icon from "./icon.svg";
import { ComparePage } from "./pages/compare-page.tsx";
import { ModelPage } from "./pages/model-page.tsx";
import { ModelsPage } from "./pages/models-page.tsx";
import { NotFoundPage } from "./pages/not-found-page.tsx";
import { RunPage } from "./pages/run-page.tsx";
import { RunsPage } from "./pages/runs-page.tsx";
import { ServerPage } from "./pages/server-page.tsx";
import { SignIn } from "./parts/sign-in.tsx";
import { ThemeSelect } from "./parts/theme.tsx";
import { Toasts } from "./parts/toasts.tsx";
import { linkTo, type PageProps, type View, view } from "./routing/router.ts";
import { connection } from "./service/connection.ts";
import { needsToken, token } from "./service/credentials.ts";

const sections = [
  ["models", "Models"],
  ["runs", "Runs"],
  ["server", "Server"],
] as const;

/** Returns the page for a path, and what makes it another one: its key. */
function pageOf({ segments: [section = "models", id, ...rest] }: View): readonly [ComponentType<PageProps>, string] {
  if (section === "models" && id === undefined) return [ModelsPage, "models"];
  if (section === "models" && rest.length <= 1) return [ModelPage, `model ${id}`];
  if (section === "runs" && id === undefined) return [RunsPage, "runs"];
  if (section === "runs" && rest.length === 0) return [RunPage, `run ${id}`];
  if (section === "compare" && id === undefined) return [ComparePage, "compare"];
  if (section === "server" && id === undefined) return [ServerPage, "server"];
  return [NotFoundPage, "none"];
}

export function App() {
  const current = view.value;
  const [Page, key] = pageOf(current);
  const main = useRef<HTMLElement>(null);
  const shown = useRef(key);
  useLayoutEffect(() => {
    if (shown.current === key) return;
    shown.current = key;
    // A screen reader goes on at the new content, as after a load.
    main.current?.focus();
    scrollTo(0, 0);
  }, [key]);
  const section = current.segments[0] ?? "models";
  return (
    <>
      <button type="button" class="button skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <header class="top">
        <div class="top-inner">
          <a class="brand" href={linkTo(["models"])}>
            <img src={icon} alt="" />
            DEEPaaS
          </a>
          <nav aria-label="Sections">
            {sections.map(([path, title]) => (
              <a key={path} href={linkTo([path])} aria-current={section === path ? "page" : undefined}>
                {title}
              </a>
            ))}
          </nav>
          <div class="top-end">
            <ConnectionState />
            {token.value !== undefined && (
              <button type="button" class="button quiet small" onClick={signOut}>
                Sign out
              </button>
            )}
            <ThemeSelect />
          </div>
        </div>
      </header>
      <main ref={main} tabIndex={-1}>
        {/* With another token everything is loaded again. */}
        <Page key={`${key} ${token.value}`} view={current} />
      </main>
      <Toasts />
      {needsToken.value && <SignIn />}
    </>
  );
}

function signOut() {
  token.value = undefined;
  needsToken.value = true;
}

function ConnectionState() {
  return (
    <span role="status">{connection.value === "reconnecting" && <span class="badge warn">Reconnecting…</span>}</span>
  );
}
