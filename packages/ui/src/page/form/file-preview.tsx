// Shows a file: a picture, sound, a film, or the beginning of a text.
import { useEffect, useState } from "preact/hooks";
import { ScrollFrame } from "../parts/scroll-frame.tsx";
import { bytesText } from "../parts/texts.ts";

interface FileProps {
  readonly file: Blob;
  /** For who cannot see it; of a download: that of the file. */
  readonly name: string;
}

const shownCharacters = 20_000;

export function FilePreview({ file, name }: FileProps) {
  const url = useObjectUrl(file);
  const [text, setText] = useState("");
  const kind = file.type.replace(/\/.*/, "");
  const isText = kind === "text" || /\b(json|xml|yaml)$/.test(file.type);
  useEffect(() => {
    // A file that was changed on disk meanwhile cannot be read: sending it will say so.
    if (isText)
      file
        .slice(0, shownCharacters)
        .text()
        .then(setText, () => undefined);
  }, [file]);
  if (isText) {
    return (
      <ScrollFrame title={name} class="text-preview">
        <pre>{file.size > shownCharacters ? `${text}…` : text}</pre>
      </ScrollFrame>
    );
  }
  if (!url) return null;
  if (kind === "image") return <img class="preview" src={url} alt={name} />;
  const Player = kind as "video";
  return kind === "audio" || kind === "video" ? <Player class="preview" src={url} controls aria-label={name} /> : null;
}

export function DownloadLink({ file, name }: FileProps) {
  const url = useObjectUrl(file) ?? "";
  return (
    <a class="button small start" href={url} download={name}>
      Download {name} <span class="soft">{bytesText(file.size)}</span>
    </a>
  );
}

/** Returns a URL of the content as long as the component shows it. */
function useObjectUrl(file: Blob): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
