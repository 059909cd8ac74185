// Files: chosen, dropped, pasted, drawn, or recorded by camera and microphone.
import { useEffect, useRef, useState } from "preact/hooks";
import { bytesText } from "../parts/texts.ts";
import { CameraInput } from "./camera-input.tsx";
import type { Draft } from "./draft.ts";
import { DrawInput } from "./draw-input.tsx";
import { FilePreview } from "./file-preview.tsx";
import type { InputProps } from "./input-props.ts";
import { MicrophoneInput } from "./microphone-input.tsx";

type Source = "draw" | "camera" | "microphone";

export function FileInput({ field, draft, ids, onDraft }: InputProps) {
  const { kind, label } = field;
  const [source, setSource] = useState<Source>();
  const [over, setOver] = useState(false);
  const [pasteTick, setPasteTick] = useState(0);
  const input = useRef<HTMLInputElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const many = kind.is === "file" && kind.many;
  const files = filesOf(draft);
  const take = (given: readonly File[]) => {
    if (given.length > 0) onDraft(many ? [...files, ...given] : given[0]);
  };
  const latest = useRef(take);
  latest.current = take;

  useEffect(() => {
    // A paste belongs to the field that has the focus, else to the first one, unless a text is being edited.
    const paste = (event: ClipboardEvent) => {
      const given = [...(event.clipboardData?.files ?? [])];
      const target = event.target instanceof Element ? event.target : document.body;
      const owner = target.closest(".file-input") ?? document.querySelector(".file-input");
      if (given.length === 0 || owner !== area.current) return;
      event.preventDefault();
      latest.current(given);
      setPasteTick((tick) => tick + 1);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  }, []);

  if (kind.is !== "file") return null;
  const { media } = kind;
  const remove = (file: File) => {
    onDraft(many ? files.filter((one) => one !== file) : undefined);
    input.current?.focus();
  };
  const sources: readonly (readonly [Source, string, boolean])[] = [
    ["draw", "Draw", media.image],
    ["camera", "Camera", media.image && canRecord],
    ["microphone", "Microphone", media.audio && canRecord && typeof MediaRecorder !== "undefined"],
  ];
  return (
    <div class="file-input stack" ref={area}>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: dropping is one more way; the input inside works without it. */}
      <div
        class={`drop ${over ? "over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          take([...(event.dataTransfer?.files ?? [])]);
        }}
      >
        <input
          id={ids.id}
          aria-invalid={ids["aria-invalid"]}
          aria-describedby={ids["aria-describedby"]}
          ref={input}
          class="file-picker"
          type="file"
          aria-label={many ? `${label}: choose files` : `${label}: choose a file`}
          accept={media.accept || undefined}
          multiple={many}
          onChange={({ currentTarget }) => {
            take([...(currentTarget.files ?? [])]);
            // The same file can be chosen again.
            currentTarget.value = "";
          }}
        />
        <p class="small soft">
          or drop {many ? "files" : "a file"} here, or paste {many ? "them" : "it"}
          {media.accept && <>: {media.accept.replaceAll(",", ", ")}</>}
        </p>
        {!canRecord && (media.image || media.audio) && (
          <p class="small soft">Camera and microphone need a page with HTTPS.</p>
        )}
        {sources.some(([, , offered]) => offered) && (
          <div class="row">
            {sources
              .filter(([, , offered]) => offered)
              .map(([name, title]) => (
                <button
                  key={name}
                  type="button"
                  class="button small"
                  aria-expanded={source === name}
                  onClick={() => setSource(source === name ? undefined : name)}
                >
                  {title}
                </button>
              ))}
          </div>
        )}
      </div>
      {source === "draw" && (
        <DrawInput
          onDraw={(file) =>
            onDraft(many ? [...files.filter((one) => one.name !== file?.name), ...(file ? [file] : [])] : file)
          }
        />
      )}
      {source === "camera" && <CameraInput onPhoto={(file) => take([file])} />}
      {source === "microphone" && <MicrophoneInput onRecording={(file) => take([file])} />}
      {files.length > 0 && (
        <ul class="plain files" key={pasteTick}>
          {files.map((file) => (
            <li key={`${file.name} ${file.lastModified} ${file.size}`}>
              {/* The drawing itself is to be seen above. */}
              {!(source === "draw" && file.name === "drawing.png") && <FilePreview file={file} name={file.name} />}
              <div class="row">
                <span class="small grow">
                  {file.name} <span class="soft">{bytesText(file.size)}</span>
                </span>
                <button
                  type="button"
                  class="button quiet small"
                  aria-label={`Remove ${file.name}`}
                  onClick={() => remove(file)}
                >
                  Remove
                </button>
              </div>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}

/** Browsers offer camera and microphone to pages with TLS and on this machine only. */
const canRecord = typeof navigator !== "undefined" && "mediaDevices" in navigator;

function filesOf(draft: Draft): readonly File[] {
  return [draft].flat().filter((one): one is File => one instanceof File);
}
