// Shows a file: a picture, sound, a film, or the beginning of a text.
import { useEffect, useState } from "preact/hooks";
import { ScrollArea } from "../parts/scroll-area.tsx";

export interface FilePreviewProps {
  readonly file: Blob;
  /** For who cannot see it. */
  readonly name: string;
}

const shownCharacters = 20_000;

export function FilePreview({ file, name }: FilePreviewProps) {
  const url = useObjectUrl(file);
  const [kind] = file.type.split("/", 1);
  if (!url) return null;
  if (kind === "image") return <img class="preview" src={url} alt={name} />;
  // biome-ignore lint/a11y/useMediaCaption: nobody has written captions for it.
  if (kind === "audio") return <audio class="preview" src={url} controls aria-label={name} />;
  // biome-ignore lint/a11y/useMediaCaption: nobody has written captions for it.
  if (kind === "video") return <video class="preview" src={url} controls aria-label={name} />;
  if (kind === "text" || /\b(json|xml|yaml)$/.test(file.type)) return <TextPreview file={file} name={name} />;
  return null;
}

function TextPreview({ file, name }: FilePreviewProps) {
  const [text, setText] = useState("");
  useEffect(() => {
    let gone = false;
    file
      .slice(0, shownCharacters)
      .text()
      .then(
        (start) => !gone && setText(file.size > shownCharacters ? `${start}…` : start),
        // The file was changed or removed on disk: sending it will say so.
        () => undefined,
      );
    return () => {
      gone = true;
    };
  }, [file]);
  return (
    <ScrollArea label={name} class="text-preview">
      <pre>{text}</pre>
    </ScrollArea>
  );
}

/** Returns a URL of the content as long as the component shows it. */
export function useObjectUrl(file: Blob | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file) return;
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => {
      URL.revokeObjectURL(made);
      setUrl(undefined);
    };
  }, [file]);
  return url;
}
