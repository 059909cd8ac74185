// What every input of a form receives.
import { type ComponentChildren, type ComponentType, createContext } from "preact";
import type { Draft } from "./draft.ts";
import type { Choice, FormField } from "./field.ts";
import type { FormState } from "./form-state.ts";

/** The form that a field belongs to. */
export const FormContext = createContext<FormState>(undefined as never);

/** What connects an input with its label, help and faults. */
export interface InputIds {
  readonly id: string;
  readonly "aria-invalid": "true" | undefined;
  readonly "aria-describedby": string | undefined;
  readonly "aria-required": "true" | undefined;
}

export interface FieldViewProps {
  readonly field: FormField;
  readonly draft: Draft;
  readonly pointer: string;
  readonly onDraft: (draft: Draft) => void;
  /** At the end of the label's line. */
  readonly action?: ComponentChildren;
  /** An item of a list, which is not marked as required. */
  readonly isItem?: boolean;
}

export interface InputProps extends Omit<FieldViewProps, "action" | "isItem"> {
  readonly isItem: boolean;
  readonly ids: InputIds;
  /** Draws a field inside of this one. */
  readonly Field: ComponentType<FieldViewProps>;
}

/** The id of a field's input. */
export function idOf(pointer: string): string {
  return `field${encodeURIComponent(pointer)}`;
}

/** True if all choices are shown at once. The items of a list have less room. */
export function isSegmented(choices: readonly Choice[], isItem: boolean): boolean {
  return !isItem && choices.length <= 4 && choices.reduce((sum, { label }) => sum + label.length + 3, 0) <= 36;
}
