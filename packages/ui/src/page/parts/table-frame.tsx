import type { ComponentChildren } from "preact";
import { ScrollFrame } from "./scroll-frame.tsx";

/** A table that may be wider than the page. */
export function TableFrame({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <ScrollFrame class="table-wrap" title={title}>
      <table>{children}</table>
    </ScrollFrame>
  );
}
