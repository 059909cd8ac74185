// A recording from the microphone.
import { useEffect, useRef, useState } from "preact/hooks";
import { recordingFault, stopTracks } from "./camera-input.tsx";

export function MicrophoneInput({ onRecording }: { readonly onRecording: (file: File) => void }) {
  const recorder = useRef<MediaRecorder | undefined>(undefined);
  const [fault, setFault] = useState<string>();
  const [state, setState] = useState<"idle" | "starting" | "recording">("idle");
  const done = useRef(onRecording);
  done.current = onRecording;
  useEffect(
    () => () => {
      stopTracks(recorder.current?.stream);
    },
    [],
  );
  const start = async () => {
    setState("starting");
    setFault(undefined);
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true });
      const made = new MediaRecorder(stream);
      const parts: Blob[] = [];
      made.ondataavailable = ({ data }) => parts.push(data);
      made.onstop = () => {
        stopTracks(stream);
        setState("idle");
        // Without the codec: `audio/webm;codecs=opus`.
        const type = made.mimeType.split(";", 1)[0] || "audio/webm";
        done.current(new File(parts, `recording.${type.split("/")[1]}`, { type }));
      };
      recorder.current = made;
      made.start();
      setState("recording");
    } catch (error) {
      setState("idle");
      setFault(recordingFault("microphone", error as Error));
    }
  };
  return (
    <div class="stack">
      {fault !== undefined && (
        <p class="note warn" role="alert">
          {fault}
        </p>
      )}
      {state === "recording" ? (
        <div class="row">
          <button type="button" class="button danger small" onClick={() => recorder.current?.stop()}>
            Stop recording
          </button>
          <span class="badge bad" role="status">
            Recording
          </span>
        </div>
      ) : (
        <button type="button" class="button small start" disabled={state === "starting"} onClick={start}>
          Start recording
        </button>
      )}
    </div>
  );
}
