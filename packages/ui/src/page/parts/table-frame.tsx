import type { ComponentChildren } from "preact";

/** A table that may be wider than the page. It takes the focus, so that it can be scrolled by keyboard. */
export function TableFrame({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="table-wrap" aria-label={title} tabIndex={0}>
      <table>{children}</table>
    </section>
  );
}
