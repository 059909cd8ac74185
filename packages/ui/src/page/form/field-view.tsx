// One field with its label, help and faults, and the input that its kind needs.
import type { ComponentType } from "preact";
import { useContext } from "preact/hooks";
import { type FieldKind, shownOf } from "./field.ts";
import { FileInput } from "./file-input.tsx";
import { issuesAt } from "./form-args.ts";
import { clearIssues } from "./form-state.ts";
import { GroupInput } from "./group-input.tsx";
import { type FieldViewProps, FormContext, type InputProps, idOf, isSegmented } from "./input-props.ts";
import { NumberInput } from "./number-input.tsx";
import { ChoiceInput, SwitchInput, TextInput } from "./text-input.tsx";

const inputs: Readonly<Record<FieldKind, ComponentType<InputProps>>> = {
  text: TextInput,
  long: TextInput,
  secret: TextInput,
  json: TextInput,
  number: NumberInput,
  choice: ChoiceInput,
  switch: SwitchInput,
  file: FileInput,
  list: GroupInput,
  object: GroupInput,
};

export function FieldView({ field, draft, pointer, onDraft, onRemove }: FieldViewProps) {
  const form = useContext(FormContext);
  const { label, help, required, name, is } = field;
  const shown = shownOf(field, draft);
  const id = idOf(pointer);
  const parts = shown ? field.parts(Array.isArray(shown) ? shown.length : 0).map((part) => part.name) : [];
  const faults = issuesAt(form.issues.value, pointer, parts).map((one) =>
    [one.pointer.slice(pointer.length + 1), one.message].filter(Boolean).join(": "),
  );
  const wrong = faults.length > 0;
  const notes = [
    ["field-help", `${id}-help`, help],
    ["field-fault", `${id}-fault`, faults.join(" ")],
  ].filter(([, , text]) => text);
  const described = notes.map(([, noteId]) => noteId).join(" ") || undefined;
  // Fields of several inputs are a group with a legend.
  const isRadio = isSegmented(field);
  const isGroup = isRadio || ["list", "object", "file"].includes(is);
  const Box = (isGroup ? "fieldset" : "div") as "fieldset";
  const Title = (isGroup ? "legend" : "label") as "label";
  const Input = inputs[is];
  return (
    <Box
      class={`field is-${is}`}
      data-wrong={wrong || undefined}
      role={isRadio ? "radiogroup" : undefined}
      aria-describedby={isGroup ? described : undefined}
      aria-invalid={(isRadio && wrong) || undefined}
    >
      <Title {...(!isGroup && { for: id })} class={onRemove && !isGroup ? "visually-hidden" : undefined}>
        <span class="field-label">{label}</span>
        {label !== name && !onRemove && <code class="soft"> {name}</code>}
        {required && !onRemove && <span class="field-required">required</span>}
      </Title>
      {notes.map(([kind, noteId, text]) => (
        <p key={kind} class={kind} id={noteId}>
          {text}
        </p>
      ))}
      <div class={onRemove ? "field-item" : undefined}>
        <Input
          {...{ field, draft, pointer, shown }}
          ids={{ id, "aria-invalid": wrong ? "true" : undefined, "aria-describedby": described }}
          onDraft={(next) => {
            clearIssues(form, pointer);
            onDraft(next);
          }}
          View={FieldView}
        />
        {onRemove && (
          <button type="button" class="button quiet small" aria-label={`Remove ${label}`} onClick={onRemove}>
            Remove
          </button>
        )}
      </div>
    </Box>
  );
}
