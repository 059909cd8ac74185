// A photo from the camera, or a recording from the microphone, which begins at once.
import { useEffect, useRef, useState } from "preact/hooks";

interface RecorderProps {
  readonly from: "camera" | "microphone";
  readonly onFile: (file: File) => void;
}

export function Recorder({ from, onFile }: RecorderProps) {
  const isCamera = from === "camera";
  const video = useRef<HTMLVideoElement>(null);
  const [stream, setStream] = useState<MediaStream>();
  const [recorder, setRecorder] = useState<MediaRecorder>();
  const [fault, setFault] = useState("");
  useEffect(() => {
    const wanted = isCamera ? { video: { facingMode: "environment" } } : { audio: true };
    const opening = navigator.mediaDevices.getUserMedia(wanted);
    opening.then(
      (given) => {
        setStream(given);
        if (isCamera) Object.assign(video.current ?? {}, { srcObject: given });
        else {
          const made = new MediaRecorder(given);
          made.start();
          setRecorder(made);
        }
      },
      ({ message }: Error) => setFault(`The ${from} cannot be used: ${message}. Choose a file.`),
    );
    const stop = (given: MediaStream) => {
      for (const track of given.getTracks()) track.stop();
    };
    return () => void opening.then(stop, () => undefined);
  }, []);
  const finish = () => {
    if (recorder) {
      recorder.ondataavailable = ({ data }) => {
        // Without the codec: `audio/webm;codecs=opus`.
        const type = data.type.replace(/;.*/, "") || "audio/webm";
        onFile(new File([data], `recording.${type.split("/")[1]}`, { type }));
      };
      recorder.stop();
      return;
    }
    const canvas = document.createElement("canvas");
    const { videoWidth: width, videoHeight: height } = video.current as HTMLVideoElement;
    Object.assign(canvas, { width, height })
      .getContext("2d")
      ?.drawImage(video.current as HTMLVideoElement, 0, 0);
    canvas.toBlob((blob) => blob && onFile(new File([blob], "photo.jpg", { type: blob.type })), "image/jpeg");
  };
  if (fault) {
    return (
      <p class="note warn" role="alert">
        {fault}
      </p>
    );
  }
  return (
    <div class="stack">
      {isCamera && <video class="preview" ref={video} autoplay muted playsInline aria-label="What the camera sees" />}
      <div class="row">
        <button type="button" class="button small" disabled={!stream} onClick={finish}>
          {isCamera ? "Take a photo" : "Stop recording"}
        </button>
        {recorder && (
          <span class="badge bad" role="status">
            Recording
          </span>
        )}
      </div>
    </div>
  );
}
