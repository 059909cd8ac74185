// The present call as text to copy.
import type { ObjectSchema } from "@deepaas/core";
import { useState } from "preact/hooks";
import { maskedArgs } from "../form/form-args.ts";
import { type FormState, readForm } from "../form/form-state.ts";
import { CopyButton } from "../parts/copy-button.tsx";
import { ScrollArea } from "../parts/scroll-area.tsx";
import { serverUrl } from "../service/connection.ts";
import { filesOfArgs, type RequestParts, requestTexts } from "./request-text.ts";

interface RequestPanelProps {
  readonly form: FormState;
  readonly schema: ObjectSchema;
  readonly model: string;
  readonly call: RequestParts["call"];
}

export function RequestPanel(props: RequestPanelProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class="card request" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Call it from code</summary>
      {open && <RequestTexts {...props} />}
    </details>
  );
}

function RequestTexts({ form, schema, model, call }: RequestPanelProps) {
  const [title, setTitle] = useState("curl");
  const { args } = readForm(form);
  const texts = requestTexts({
    serverUrl,
    model,
    call,
    args: maskedArgs(schema, args, (name) => `<${name}>`),
    ...filesOfArgs(args),
  });
  const shown = texts.find((one) => one.title === title);
  return (
    <div class="stack">
      <div class="row">
        <fieldset class="segments">
          <legend class="visually-hidden">Language</legend>
          {texts.map((one) => (
            <label key={one.title} class="segment">
              <input
                type="radio"
                name="request-language"
                checked={one.title === title}
                onChange={() => setTitle(one.title)}
              />
              <span>{one.title}</span>
            </label>
          ))}
        </fieldset>
        {shown && <CopyButton text={shown.text} />}
      </div>
      <ScrollArea label={`The call for ${title}`}>
        <pre>{shown?.text}</pre>
      </ScrollArea>
    </div>
  );
}
