// Fields that consist of fields: lists and objects.
import { isObject, pointerStep } from "@deepaas/core";
import { useRef } from "preact/hooks";
import { type InputProps, idOf } from "./input-props.ts";

/** An object that is optional is not there until it is added. */
export function GroupInput({ field, shown, pointer, ids, onDraft, View }: InputProps) {
  const group = useRef<HTMLDivElement>(null);
  const { is, label, schema, required } = field;
  const isList = is === "list";
  const items = isList && Array.isArray(shown) ? (shown as readonly unknown[]) : [];
  const members = !isList && isObject(shown) ? shown : undefined;
  const add = () => {
    if (!isList) return onDraft({});
    onDraft([...items, field.parts(1)[0]?.is === "object" ? {} : field.parts(1)[0]?.start]);
    focusLater(() => document.getElementById(idOf(pointer + pointerStep(items.length))));
  };
  const remove = (at: number) => {
    onDraft(items.filter((_, i) => i !== at));
    focusLater(() => group.current?.querySelector<HTMLElement>(":scope > .button"));
  };
  const parts = isList || members ? field.parts(items.length) : [];
  return (
    <div class="stack" ref={group}>
      {parts.map((part, i) => (
        <View
          key={part.name}
          field={part}
          draft={members ? (Object.hasOwn(members, part.name) ? members[part.name] : undefined) : items[i]}
          pointer={pointer + pointerStep(part.name)}
          onDraft={(next) =>
            onDraft(members ? { ...members, [part.name]: next } : items.map((one, k) => (k === i ? next : one)))
          }
          {...(isList && { onRemove: () => remove(i) })}
        />
      ))}
      {members ? (
        !required && (
          <button type="button" class="button quiet small start" onClick={() => onDraft(undefined)}>
            Leave {label} out
          </button>
        )
      ) : (
        <button
          type="button"
          class="button small start"
          id={items.length === 0 ? ids.id : undefined}
          aria-describedby={ids["aria-describedby"]}
          disabled={isList && items.length >= Number(schema.maxItems ?? Number.POSITIVE_INFINITY)}
          onClick={add}
        >
          Add {label}
        </button>
      )}
    </div>
  );
}

function focusLater(find: () => HTMLElement | null | undefined): void {
  setTimeout(() => find()?.focus());
}
