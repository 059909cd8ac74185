// A form for the arguments of a model.
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { FieldView } from "./field-view.tsx";
import { type FormState, setDraft, toggleJson } from "./form-state.ts";
import { FormContext } from "./input-props.ts";

interface FormProps {
  readonly form: FormState;
  /** The accessible name. */
  readonly label: string;
  readonly onSubmit: () => void;
  /** Buttons below the fields. */
  readonly children: ComponentChildren;
}

export function Form({ form, label, onSubmit, children }: FormProps) {
  const element = useRef<HTMLFormElement>(null);
  const [refused, setRefused] = useState<string>();
  const refusals = form.refusals.value;
  useEffect(() => {
    if (refusals === 0) return;
    const wrong = element.current?.querySelector("[data-wrong]");
    const inside = (selector: string) => wrong?.querySelector<HTMLElement>(selector);
    (inside("[aria-invalid='true']") ?? inside("input, select, textarea") ?? inside("button"))?.focus();
  }, [refusals]);
  const { fields, draft, json } = form;
  const isJson = json.value !== undefined;
  const shown = isJson ? fields.filter(({ kind }) => kind.is === "file") : fields;
  const hasText = fields.some(({ kind }) => kind.is !== "file");
  return (
    <FormContext.Provider value={form}>
      <form
        class="form stack"
        ref={element}
        noValidate
        aria-label={label}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit();
        }}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
          event.preventDefault();
          onSubmit();
        }}
      >
        <FaultSummary form={form} />
        {fields.length === 0 && <p class="soft">There are no arguments.</p>}
        {shown.map((field) => (
          <FieldView
            key={field.name}
            field={field}
            draft={draft.value[field.name]}
            pointer={`/${field.name.replaceAll("~", "~0").replaceAll("/", "~1")}`}
            onDraft={(next) => setDraft(form, field.name, next)}
          />
        ))}
        {isJson && <JsonArgs form={form} />}
        {refused !== undefined && (
          <p class="note warn" role="alert">
            {refused}
          </p>
        )}
        <div class="row form-actions">
          {children}
          {hasText && (
            <button type="button" class="button quiet small" onClick={() => setRefused(toggleJson(form))}>
              {isJson ? "Edit as fields" : "Edit as JSON"}
            </button>
          )}
        </div>
      </form>
    </FormContext.Provider>
  );
}

function JsonArgs({ form: { json, faults } }: { readonly form: FormState }) {
  const text = json.value ?? "";
  const wrong = faults.value.others.length > 0 ? true : undefined;
  return (
    <div class="field" data-wrong={wrong}>
      <label for="json-args">Arguments as JSON</label>
      <textarea
        id="json-args"
        class="input mono"
        rows={Math.min(24, Math.max(6, text.split("\n").length + 1))}
        spellcheck={false}
        aria-invalid={wrong && "true"}
        aria-describedby={wrong && "form-faults"}
        value={text}
        onInput={({ currentTarget }) => {
          json.value = currentTarget.value;
        }}
      />
    </div>
  );
}

/** Says that something is wrong, and what belongs to no field. */
function FaultSummary({ form: { faults } }: { readonly form: FormState }) {
  const { at, others } = faults.value;
  if (at.size === 0 && others.length === 0) return null;
  return (
    <div class="note bad" role="alert" id="form-faults">
      {at.size > 0 && <p>{at.size === 1 ? "One field needs a change." : `${at.size} fields need a change.`}</p>}
      {others.length > 0 && (
        <ul>
          {others.map(({ pointer, message }) => (
            <li key={`${pointer} ${message}`}>
              {pointer !== "" && <code>{pointer.slice(1)}</code>} {message}
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
