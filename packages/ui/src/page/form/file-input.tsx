// Files: chosen, dropped, pasted, drawn, or recorded by camera and microphone.
import { useEffect, useRef, useState } from "preact/hooks";
import { bytesText } from "../parts/texts.ts";
import { DrawInput } from "./draw-input.tsx";
import { FilePreview } from "./file-preview.tsx";
import type { InputProps } from "./input-props.ts";
import { Recorder } from "./recorder.tsx";

/** Browsers offer camera and microphone to pages with TLS and on this machine only. */
const canRecord = typeof navigator !== "undefined" && "mediaDevices" in navigator;

export function FileInput({ field: { label, many, media }, draft, ids, onDraft }: InputProps) {
  const [source, setSource] = useState<"Draw" | "Camera" | "Microphone">();
  const [over, setOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const area = useRef<HTMLDivElement>(null);
  const files = [draft].flat().filter((one): one is File => one instanceof File);
  const take = (given: Iterable<File> | null | undefined) => {
    const [first, ...others] = given ?? [];
    if (first) onDraft(many ? [...files, first, ...others] : first);
  };
  const takeOne = (file: File) => {
    setSource(undefined);
    take([file]);
  };
  useEffect(() => {
    // A paste belongs to the field that has the focus, else to the first one.
    const paste = (event: ClipboardEvent) => {
      const given = event.clipboardData?.files;
      const target = event.target instanceof Element ? event.target : document.body;
      const owner = target.closest(".file-input") ?? document.querySelector(".file-input");
      if (!given?.length || owner !== area.current) return;
      event.preventDefault();
      take(given);
    };
    document.addEventListener("paste", paste);
    return () => document.removeEventListener("paste", paste);
  });
  const sources = [
    media.image && "Draw",
    media.image && canRecord && "Camera",
    media.audio && canRecord && "Microphone",
  ] as const;
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
          take(event.dataTransfer?.files);
        }}
      >
        <input
          {...ids}
          ref={input}
          class="file-picker"
          type="file"
          aria-label={`${label}: choose ${many ? "files" : "a file"}`}
          accept={media.accept || undefined}
          multiple={many}
          onChange={({ currentTarget }) => {
            take(currentTarget.files);
            // The same file can be chosen again.
            currentTarget.value = "";
          }}
        />
        <p class="small soft">
          or drop or paste {many ? "files" : "a file"} here{media.accept && `: ${media.accept.replaceAll(",", ", ")}`}
        </p>
        {!canRecord && (media.image || media.audio) && (
          <p class="small soft">Camera and microphone need a page with HTTPS.</p>
        )}
        <div class="row">
          {sources.map(
            (name) =>
              name && (
                <button
                  key={name}
                  type="button"
                  class="button small"
                  aria-expanded={source === name}
                  onClick={() => setSource(source === name ? undefined : name)}
                >
                  {name}
                </button>
              ),
          )}
        </div>
      </div>
      {source === "Draw" && (
        <DrawInput
          onDraw={(file) => {
            const others = files.filter((one) => one.name !== "drawing.png");
            onDraft(many ? [...others, ...(file ? [file] : [])] : file);
          }}
        />
      )}
      {source === "Camera" && <Recorder from="camera" onFile={takeOne} />}
      {source === "Microphone" && <Recorder from="microphone" onFile={takeOne} />}
      {files.map((file) => (
        <div class="file" key={`${file.name} ${file.lastModified} ${file.size}`}>
          {/* The drawing itself is to be seen above. */}
          {!(source === "Draw" && file.name === "drawing.png") && <FilePreview file={file} name={file.name} />}
          <div class="row">
            <span class="small grow">
              {file.name} <span class="soft">{bytesText(file.size)}</span>
            </span>
            <button
              type="button"
              class="button quiet small"
              aria-label={`Remove ${file.name}`}
              onClick={() => {
                onDraft(many ? files.filter((one) => one !== file) : undefined);
                input.current?.focus();
              }}
            >
              Remove
            </button>
          </div>
        </div>
      ))}
    </div>
  );
}
