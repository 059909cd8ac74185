// The inputs that are one element.
import { Segments } from "../parts/segments.tsx";
import { Switch } from "../parts/switch.tsx";
import { isSame } from "./check.ts";
import { JsonText } from "./form-args.ts";
import { type InputProps, isSegmented } from "./input-props.ts";
import { textOfTimeInput, timeInputOf } from "./time-input.ts";

const inputModes: Readonly<Record<string, "email" | "url">> = { email: "email", url: "url", uri: "url" };

export function TextInput({ field: { is, schema }, shown, ids, onDraft }: InputProps) {
  const format = String(schema.format);
  const isJson = is === "json";
  const text = isJson ? jsonTextOf(shown) : typeof shown === "string" ? shown : "";
  const { type, value } = is === "text" ? timeInputOf(format, text) : { type: "password", value: text };
  const example = [schema.default, schema.examples].flat().find((one) => typeof one === "string" && one !== "");
  const props = {
    ...ids,
    class: isJson ? "input mono" : "input",
    placeholder: isJson ? "JSON" : (example as string | undefined),
    spellcheck: is === "long",
    value,
    onInput: ({ currentTarget }: { readonly currentTarget: { readonly value: string } }) => {
      const next = currentTarget.value;
      onDraft(isJson ? new JsonText(next) : type === "text" ? next : textOfTimeInput(format, next));
    },
  };
  if (isJson || is === "long") return <textarea {...props} rows={rowsOf(text)} />;
  return (
    <input
      {...props}
      type={type as "text"}
      step="1"
      inputMode={inputModes[format]}
      autocomplete={is === "secret" ? "new-password" : "off"}
      autocapitalize="off"
    />
  );
}

/** The rows of a text area, within limits. */
export function rowsOf(text: string): number {
  return Math.min(14, Math.max(3, text.split("\n").length + 1));
}

function jsonTextOf(shown: unknown): string {
  if (shown instanceof JsonText) return shown.text;
  const text = JSON.stringify(shown) ?? "";
  return text.length <= 60 ? text : JSON.stringify(shown, undefined, 2);
}

/** A few short choices are all shown; others are a list to open. */
export function ChoiceInput({ field, shown, ids, onDraft }: InputProps) {
  const { choices, required, nullable, schema } = field;
  const hasDefault = (schema.default ?? null) !== null;
  // With a default there is always a value.
  const nothing = nullable && (required || hasDefault) ? null : undefined;
  const isOptional = nullable || !(required || hasDefault);
  const all = [...(isOptional ? [{ value: nothing, label: nothing === null ? "None" : "Not set" }] : []), ...choices];
  const found = all.findIndex(({ value }) => isSame(value, shown));
  const chosen = found < 0 && isOptional ? 0 : found;
  const choose = (at: number) => onDraft(all[at]?.value);
  const labels = all.map(({ label }) => label);
  if (isSegmented(field)) return <Segments id={ids.id} options={labels} chosen={chosen} onChoose={choose} />;
  return (
    <select
      {...ids}
      class="select"
      value={chosen}
      onChange={({ currentTarget }) => choose(Number(currentTarget.value))}
    >
      {chosen < 0 && <option value={-1}>Choose…</option>}
      {labels.map((label, at) => (
        <option key={label} value={at}>
          {label}
        </option>
      ))}
    </select>
  );
}

export function SwitchInput({ shown, ids, onDraft }: InputProps) {
  return <Switch {...ids} on={shown === true} onSwitch={onDraft} />;
}
