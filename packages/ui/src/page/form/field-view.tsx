// One field with its label, help and faults, and the input that its kind needs.
import type { ComponentType } from "preact";
import { useContext } from "preact/hooks";
import { ChoiceInput } from "./choice-input.tsx";
import type { FormField } from "./field.ts";
import { FileInput } from "./file-input.tsx";
import { clearFaults } from "./form-state.ts";
import { ListInput, ObjectInput } from "./group-input.tsx";
import { type FieldViewProps, FormContext, type InputIds, type InputProps, idOf, isSegmented } from "./input-props.ts";
import { NumberInput } from "./number-input.tsx";
import { SwitchInput } from "./switch-input.tsx";
import { JsonInput, SecretInput, TextInput } from "./text-input.tsx";

const inputs: Readonly<Record<FormField["kind"]["is"], ComponentType<InputProps>>> = {
  text: TextInput,
  secret: SecretInput,
  json: JsonInput,
  number: NumberInput,
  choice: ChoiceInput,
  switch: SwitchInput,
  file: FileInput,
  list: ListInput,
  tuple: ObjectInput,
  object: ObjectInput,
};

/** Fields of several inputs are a group with a legend. */
function isGroup({ kind }: FormField, isItem: boolean): boolean {
  if (kind.is === "choice") return isSegmented(kind.choices, isItem);
  return ["list", "tuple", "object", "file"].includes(kind.is);
}

export function FieldView({ field, draft, pointer, onDraft, action, isItem = false }: FieldViewProps) {
  const form = useContext(FormContext);
  const { label, help, required, name, kind } = field;
  const faults = form.faults.value.at.get(pointer) ?? [];
  const id = idOf(pointer);
  const described = [...(help ? [`${id}-help`] : []), ...(faults.length > 0 ? [`${id}-fault`] : [])];
  const ids: InputIds = {
    id,
    "aria-invalid": faults.length > 0 ? "true" : undefined,
    "aria-describedby": described.join(" ") || undefined,
    "aria-required": required ? "true" : undefined,
  };
  const change: typeof onDraft = (next) => {
    clearFaults(form, pointer);
    onDraft(next);
  };
  const Input = inputs[kind.is];
  const input = <Input {...{ field, draft, pointer, ids, isItem }} onDraft={change} Field={FieldView} />;
  const title = (
    <>
      <span class="field-label">{label}</span>
      {label !== name && <code class="soft">{name}</code>}
      {required && !isItem && <span class="field-required">required</span>}
    </>
  );
  const notes = (
    <>
      {help && (
        <p class="field-help" id={`${id}-help`}>
          {help}
        </p>
      )}
      {faults.length > 0 && (
        <p class="field-fault" id={`${id}-fault`}>
          {faults.join(" ")}
        </p>
      )}
    </>
  );
  const wrong = faults.length > 0 ? true : undefined;
  if (!isGroup(field, isItem)) {
    if (isItem) {
      return (
        <div class={`field is-${kind.is}`} data-wrong={wrong}>
          <label class="visually-hidden" for={id}>
            {title}
          </label>
          <div class="field-item">
            {input}
            {action}
          </div>
          {notes}
        </div>
      );
    }
    return (
      <div class={`field is-${kind.is}`} data-wrong={wrong}>
        <div class="field-head">
          <label for={id}>{title}</label>
          {action}
        </div>
        {input}
        {notes}
      </div>
    );
  }
  const choice = kind.is === "choice" && {
    role: "radiogroup" as const,
    "aria-invalid": ids["aria-invalid"],
    "aria-required": ids["aria-required"],
  };
  return (
    <fieldset
      class={`field is-group is-${kind.is}`}
      data-wrong={wrong}
      aria-describedby={ids["aria-describedby"]}
      {...choice}
    >
      <legend>{title}</legend>
      {action && <div class="field-action">{action}</div>}
      {kind.is === "choice" ? input : notes}
      {kind.is === "choice" ? notes : input}
    </fieldset>
  );
}
