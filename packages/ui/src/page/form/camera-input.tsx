// A photo from the camera.
import { useEffect, useRef, useState } from "preact/hooks";

export function CameraInput({ onPhoto }: { readonly onPhoto: (file: File) => void }) {
  const video = useRef<HTMLVideoElement>(null);
  const [fault, setFault] = useState<string>();
  const [ready, setReady] = useState(false);
  useEffect(() => {
    let stream: MediaStream | undefined;
    let gone = false;
    navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }).then(
      (given) => {
        stream = given;
        if (gone) stopTracks(given);
        else if (video.current) video.current.srcObject = given;
      },
      (error: Error) => setFault(recordingFault("camera", error)),
    );
    return () => {
      gone = true;
      stopTracks(stream);
    };
  }, []);
  const shoot = () => {
    const from = video.current;
    if (!from) return;
    const canvas = document.createElement("canvas");
    canvas.width = from.videoWidth;
    canvas.height = from.videoHeight;
    canvas.getContext("2d")?.drawImage(from, 0, 0);
    canvas.toBlob((blob) => {
      if (blob) onPhoto(new File([blob], "photo.jpg", { type: "image/jpeg" }));
    }, "image/jpeg");
  };
  if (fault !== undefined) return <p class="note warn">{fault}</p>;
  return (
    <div class="stack">
      <video
        class="preview"
        ref={video}
        autoplay
        muted
        playsInline
        aria-label="What the camera sees"
        onLoadedData={() => setReady(true)}
      />
      <button type="button" class="button small start" disabled={!ready} onClick={shoot}>
        Take a photo
      </button>
    </div>
  );
}

export function stopTracks(stream: MediaStream | undefined): void {
  for (const track of stream?.getTracks() ?? []) track.stop();
}

export function recordingFault(what: "camera" | "microphone", { name, message }: Error): string {
  if (name === "NotAllowedError")
    return `The ${what} is not allowed for this page: allow it in the browser, or choose a file.`;
  if (name === "NotFoundError") return `There is no ${what}: choose a file.`;
  return `The ${what} cannot be used: ${message}`;
}
