// A form for the arguments of a model.
import { pointerStep } from "@deepaas/core";
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Field } from "./field.ts";
import { FieldView } from "./field-view.tsx";
import { issuesAt } from "./form-args.ts";
import { type FormState, toggleJson } from "./form-state.ts";
import { FormContext } from "./input-props.ts";
import { rowsOf } from "./text-input.tsx";

interface FormProps {
  readonly form: FormState;
  /** The accessible name. */
  readonly label: string;
  readonly onSubmit: () => void;
  /** Buttons below the fields. */
  readonly children: ComponentChildren;
}

export function Form({ form, label, onSubmit, children }: FormProps) {
  const [refused, setRefused] = useState(false);
  const { fields, json, issues } = form;
  const text = json.value;
  const shown = text === undefined ? fields : fields.filter(({ is }) => is === "file");
  // What belongs to no field.
  const names = shown.map(({ name }) => name);
  const others = issuesAt(issues.value, "", names);
  const count = new Set(issues.value.filter((one) => !others.includes(one)).map(({ pointer }) => pointer)).size;
  const wrong = others.length > 0;
  return (
    <form
      class="form stack"
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
      {issues.value.length > 0 && (
        <div class="note bad" role="alert" id="form-faults">
          {count > 0 && <p>{count === 1 ? "One field needs a change." : `${count} fields need a change.`}</p>}
          {others.map(({ pointer, message }) => (
            <p key={pointer + message}>
              {pointer !== "" && <code>{pointer.slice(1)}</code>} {message}
            </p>
          ))}
        </div>
      )}
      {fields.length === 0 && <p class="soft">There are no arguments.</p>}
      <Fields form={form} fields={shown} />
      {text !== undefined && (
        <div class="field" data-wrong={wrong || undefined}>
          <label for="json-args">Arguments as JSON</label>
          <textarea
            id="json-args"
            class="input mono"
            rows={rowsOf(text)}
            spellcheck={false}
            aria-invalid={wrong || undefined}
            aria-describedby={wrong ? "form-faults" : undefined}
            value={text}
            onInput={({ currentTarget }) => {
              json.value = currentTarget.value;
            }}
          />
        </div>
      )}
      {refused && (
        <p class="note warn" role="alert">
          The fields cannot show these arguments: they stay JSON.
        </p>
      )}
      <div class="row form-actions">
        {children}
        {fields.some(({ is }) => is !== "file") && (
          <button type="button" class="button quiet small" onClick={() => setRefused(!toggleJson(form))}>
            {text === undefined ? "Edit as JSON" : "Edit as fields"}
          </button>
        )}
      </div>
    </form>
  );
}

/** Draws fields of a form. After a check that found faults the first one has the focus. */
export function Fields({ form, fields }: { readonly form: FormState; readonly fields: readonly Field[] }) {
  const { draft, refusals } = form;
  useEffect(() => {
    const wrong = refusals.value > 0 ? document.querySelector("[data-wrong]") : undefined;
    const inside = (selector: string) => wrong?.querySelector<HTMLElement>(selector);
    (inside("[aria-invalid='true']:not(fieldset)") ?? inside("input, select, textarea, button"))?.focus();
  }, [refusals.value]);
  return (
    <FormContext.Provider value={form}>
      {fields.map((field) => (
        <FieldView
          key={field.name}
          field={field}
          draft={draft.value[field.name]}
          pointer={pointerStep(field.name)}
          onDraft={(next) => {
            draft.value = { ...draft.value, [field.name]: next };
          }}
        />
      ))}
    </FormContext.Provider>
  );
}
