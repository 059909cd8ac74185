import type { ComponentChildren } from "preact";
import { isWebAddress } from "./shape.ts";

/** A link to the value if it is an address. */
export function WebLink({ value, children }: { readonly value: unknown; readonly children: ComponentChildren }) {
  if (!isWebAddress(value)) return <>{children}</>;
  return (
    <a href={value} rel="noreferrer" target="_blank">
      {children}
    </a>
  );
}
