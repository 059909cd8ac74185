import { routes } from "@deepaas/protocol";
import { notFound } from "../http-error.ts";
import { type HttpResponse, textResponse } from "../response/http-response.ts";
import { taggedResponse } from "../response/tagged.ts";
import { type UiFiles, uiHeaders } from "../ui/ui-files.ts";
import type { RouteContext, RouteEntry } from "./route.ts";

/** The page at `/ui/`. Without it `/ui` leads to the page of the API, as in the Python server. */
export function uiRoutes({ settings }: RouteContext): readonly RouteEntry[] {
  const { basePath, docEndpoint, ui } = settings;
  return [
    [
      routes.ui,
      ({ prefix }) => {
        if (ui) return redirect(prefix + basePath + routes.uiPage.path);
        if (docEndpoint) return redirect(prefix + basePath + routes.apiPage.path);
        throw notFound();
      },
    ],
    ...(ui ? pageRoutes(ui) : []),
  ];
}

function pageRoutes(ui: UiFiles): readonly RouteEntry[] {
  return [
    [
      routes.uiPage,
      async (request) => {
        const page = await ui.read("index.html");
        if (!page) throw notFound();
        const response = taggedResponse(request, page);
        return { ...response, headers: { ...response.headers, ...uiHeaders } };
      },
    ],
    [
      routes.uiAsset,
      async (request, { name }) => {
        const file = name === "index.html" ? undefined : await ui.read(name);
        if (!file) throw notFound();
        return taggedResponse(request, file);
      },
    ],
  ];
}

export function redirect(location: string): HttpResponse {
  const response = textResponse(302, "302: Found");
  return { ...response, headers: { ...response.headers, Location: location } };
}
