// Fields that consist of fields: lists, objects and tuples.
import { pointerStep } from "@deepaas/core";
import { useContext, useRef } from "preact/hooks";
import { type Draft, draftFrom, emptyParts, isDraftObject } from "./draft.ts";
import { type FormField, partsOf } from "./field.ts";
import { FormContext, type InputProps, idOf } from "./input-props.ts";

export function ListInput({ field, draft, pointer, ids, onDraft, Field }: InputProps) {
  const { root } = useContext(FormContext);
  const group = useRef<HTMLDivElement>(null);
  const items = Array.isArray(draft) ? (draft as readonly Draft[]) : [];
  const parts = partsOf(field, items.length, root);
  const most = field.kind.is === "list" ? field.kind.most : 0;
  const add = () => {
    const [part] = partsOf(field, 1, root);
    if (!part) return;
    // An object in a list is there as soon as it is added.
    onDraft([...items, draftFrom(part, undefined, root)]);
    focusLater(() => document.getElementById(idOf(pointer + pointerStep(items.length))));
  };
  const remove = (at: number) => {
    onDraft(items.filter((_, i) => i !== at));
    focusLater(() => group.current?.querySelector<HTMLElement>(":scope > .button"));
  };
  return (
    <div class="stack" ref={group}>
      {parts.map((part, i) => (
        <Field
          key={i}
          field={{ ...part, label: `${field.label} ${i + 1}`, name: `${field.label} ${i + 1}` }}
          isItem
          draft={items[i]}
          pointer={pointer + pointerStep(i)}
          onDraft={(next) => onDraft(items.map((one, k) => (k === i ? next : one)))}
          action={
            <button
              type="button"
              class="button quiet small"
              aria-label={`Remove ${field.label} ${i + 1}`}
              onClick={() => remove(i)}
            >
              Remove
            </button>
          }
        />
      ))}
      <button
        type="button"
        class="button small start"
        id={items.length === 0 ? ids.id : undefined}
        aria-describedby={ids["aria-describedby"]}
        disabled={items.length >= most}
        onClick={add}
      >
        Add {field.label}
      </button>
    </div>
  );
}

/** An object or a tuple. One that is optional is not there until it is added. */
export function ObjectInput({ field, draft, pointer, ids, onDraft, Field }: InputProps) {
  const { root } = useContext(FormContext);
  if (draft === undefined) {
    return (
      <button
        type="button"
        class="button small start"
        id={ids.id}
        aria-describedby={ids["aria-describedby"]}
        onClick={() => onDraft(emptyParts(field, root))}
      >
        Add {field.label}
      </button>
    );
  }
  const parts = partsOf(field, 0, root);
  const draftOf = (name: string, i: number) =>
    Array.isArray(draft) ? (draft as readonly Draft[])[i] : isDraftObject(draft) ? draft[name] : undefined;
  const change = (at: string, next: Draft) =>
    onDraft(
      field.kind.is === "tuple"
        ? parts.map(({ name }, i) => (name === at ? next : draftOf(name, i)))
        : { ...(isDraftObject(draft) ? draft : {}), [at]: next },
    );
  const isFixed = field.kind.is === "tuple";
  return (
    <div class="stack">
      {parts.map((part, i) => (
        <Field
          key={part.name}
          field={isFixed ? titled(part, i) : part}
          draft={draftOf(part.name, i)}
          pointer={pointer + pointerStep(part.name)}
          onDraft={(next) => change(part.name, next)}
        />
      ))}
      {!field.required && (
        <button type="button" class="button quiet small start" onClick={() => onDraft(undefined)}>
          Leave {field.label} out
        </button>
      )}
    </div>
  );
}

/** The items of a tuple have numbers, not names. */
function titled(part: FormField, at: number): FormField {
  const label = part.label === part.name ? `Item ${at + 1}` : part.label;
  return { ...part, label, name: label };
}

function focusLater(find: () => HTMLElement | null | undefined): void {
  setTimeout(() => find()?.focus());
}
