// What is shown instead of content: loading, empty, failed.
import type { ComponentChildren } from "preact";
import { sentenceOf } from "../service/connection.ts";
import type { Loaded } from "../service/loaded.ts";

export function Loading({ what }: { readonly what: string }) {
  return (
    <div class="loading" role="status">
      <span />
      <span />
      <span />
      <p class="visually-hidden">Loading {what}…</p>
    </div>
  );
}

/** Says what is missing and what to do. */
export function Empty({ title, children }: { readonly title: string; readonly children?: ComponentChildren }) {
  return (
    <div class="empty">
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Failed({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  return (
    <div class="note bad" role="alert">
      <p>{sentenceOf(error)}</p>
      {retry && (
        <p>
          <button type="button" class="button small" onClick={retry}>
            Try again
          </button>
        </p>
      )}
    </div>
  );
}

interface AsyncProps<T> {
  readonly of: Loaded<T>;
  readonly what: string;
  readonly children: (value: T) => ComponentChildren;
}

/** Shows `children` once there is a value, and what is wrong if a load failed. */
export function Async<T>({ of: { value, error, reload }, what, children }: AsyncProps<T>) {
  if (value === undefined)
    return error === undefined ? <Loading what={what} /> : <Failed error={error} retry={reload} />;
  return (
    <>
      {error !== undefined && <Failed error={error} retry={reload} />}
      {children(value)}
    </>
  );
}
