// A canvas to draw on with mouse, finger or pen. Each stroke makes a new PNG.
import { useEffect, useRef, useState } from "preact/hooks";
import { Segments } from "../parts/segments.tsx";

interface DrawInputProps {
  /** Undefined: the canvas was cleared. */
  readonly onDraw: (file: File | undefined) => void;
}

type Point = readonly [x: number, y: number];

/** In pixels: width and height. */
const size = 280;
const colours = ["#fff", "#000"] as const;

export function DrawInput({ onDraw }: DrawInputProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Point | undefined>(undefined);
  const [paper, setPaper] = useState(0);
  const [tool, setTool] = useState(0);
  const context = () => canvas.current?.getContext("2d") as CanvasRenderingContext2D;
  const colour = (at: number) => colours[at % 2] as string;

  const drawn = useRef(false);
  const clear = () => {
    context().fillStyle = colour(paper);
    context().fillRect(0, 0, size, size);
    if (drawn.current) onDraw(undefined);
    drawn.current = false;
  };
  // Another paper begins anew.
  useEffect(clear, [paper]);

  const drawTo = ({ clientX, clientY }: PointerEvent) => {
    const { left, top, width: shown } = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    const point: Point = [((clientX - left) / shown) * size, ((clientY - top) / shown) * size];
    const pen = context();
    pen.lineCap = "round";
    pen.lineWidth = 16 * (tool + 1);
    pen.strokeStyle = colour(paper + tool + 1);
    pen.beginPath();
    pen.moveTo(...(last.current ?? point));
    pen.lineTo(...point);
    pen.stroke();
    last.current = point;
  };
  const end = () => {
    if (!last.current) return;
    last.current = undefined;
    drawn.current = true;
    canvas.current?.toBlob((blob) => blob && onDraw(new File([blob], "drawing.png", { type: "image/png" })));
  };
  return (
    <div class="draw stack">
      <canvas
        ref={canvas}
        width={size}
        height={size}
        role="img"
        aria-label="Drawing area. It needs a mouse, a pen or a finger; with the keyboard, choose a file instead."
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
          drawTo(event);
        }}
        onPointerMove={(event) => {
          if (last.current) for (const one of event.getCoalescedEvents()) drawTo(one);
        }}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <div class="row small">
        <Segments id="draw-tool" label="Tool" options={["Pen", "Eraser"]} chosen={tool} onChoose={setTool} />
        <Segments
          id="draw-paper"
          label="Colours"
          options={["Black on white", "White on black"]}
          chosen={paper}
          onChoose={setPaper}
        />
        <button type="button" class="button small" onClick={clear}>
          Clear
        </button>
      </div>
    </div>
  );
}
