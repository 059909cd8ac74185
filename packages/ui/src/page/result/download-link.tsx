import { useObjectUrl } from "../form/file-preview.tsx";
import { bytesText } from "../parts/texts.ts";

interface DownloadLinkProps {
  readonly file: Blob;
  readonly name: string;
}

export function DownloadLink({ file, name }: DownloadLinkProps) {
  const url = useObjectUrl(file);
  if (url === undefined) return null;
  return (
    <a class="button small" href={url} download={name}>
      Download {name} <span class="soft">{bytesText(file.size)}</span>
    </a>
  );
}
