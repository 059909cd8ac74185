import { useLayoutEffect } from "preact/hooks";

/** The title of the browser's tab. */
export function usePageTitle(title: string): void {
  useLayoutEffect(() => {
    document.title = `${title} · DEEPaaS`;
  }, [title]);
}
