// A canvas to draw on with mouse, finger or pen. Each stroke makes a new PNG.
import { useEffect, useRef, useState } from "preact/hooks";

interface DrawInputProps {
  /** Undefined: the canvas was cleared. */
  readonly onDraw: (file: File | undefined) => void;
}

type Point = readonly [x: number, y: number];

const colours = {
  light: { paper: "#ffffff", ink: "#000000" },
  dark: { paper: "#000000", ink: "#ffffff" },
} as const;

const smallest = 8;
const largest = 4_096;

export function DrawInput({ onDraw }: DrawInputProps) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const last = useRef<Point | undefined>(undefined);
  const drawn = useRef(false);
  const [paper, setPaper] = useState<keyof typeof colours>("light");
  const [tool, setTool] = useState<"pen" | "eraser">("pen");
  const [width, setWidth] = useState(6);
  const [size, setSize] = useState<Point>([280, 280]);

  const clear = () => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.fillStyle = colours[paper].paper;
    context.fillRect(0, 0, ...size);
    if (drawn.current) onDraw(undefined);
    drawn.current = false;
  };
  // Another paper or another size begins anew.
  useEffect(clear, [paper, ...size]);

  const pointOf = ({ clientX, clientY }: PointerEvent): Point => {
    const { left, top, width: shownWidth, height } = (canvas.current as HTMLCanvasElement).getBoundingClientRect();
    return [((clientX - left) / shownWidth) * size[0], ((clientY - top) / height) * size[1]];
  };
  const drawTo = (point: Point) => {
    const context = canvas.current?.getContext("2d");
    if (!context) return;
    context.lineCap = "round";
    context.lineJoin = "round";
    context.lineWidth = (Math.max(...size) * width * (tool === "pen" ? 1 : 2)) / 100;
    context.strokeStyle = tool === "pen" ? colours[paper].ink : colours[paper].paper;
    context.beginPath();
    context.moveTo(...(last.current ?? point));
    context.lineTo(...point);
    context.stroke();
    last.current = point;
  };
  const end = () => {
    if (!last.current) return;
    last.current = undefined;
    drawn.current = true;
    canvas.current?.toBlob((blob) => {
      if (blob) onDraw(new File([blob], "drawing.png", { type: "image/png" }));
    }, "image/png");
  };
  return (
    <div class="draw stack">
      <canvas
        ref={canvas}
        width={size[0]}
        height={size[1]}
        role="img"
        aria-label="Drawing area. It needs a mouse, a pen or a finger; with the keyboard, choose a file instead."
        onPointerDown={(event) => {
          if (event.button !== 0) return;
          event.preventDefault();
          event.currentTarget.setPointerCapture(event.pointerId);
          drawTo(pointOf(event));
        }}
        onPointerMove={(event) => {
          if (!last.current) return;
          const steps = event.getCoalescedEvents?.() ?? [];
          for (const one of steps.length > 0 ? steps : [event]) drawTo(pointOf(one));
        }}
        onPointerUp={end}
        onPointerCancel={end}
      />
      <div class="row">
        <fieldset class="segments">
          <legend class="visually-hidden">Tool</legend>
          {(["pen", "eraser"] as const).map((one) => (
            <label key={one} class="segment">
              <input type="radio" name="draw-tool" checked={tool === one} onChange={() => setTool(one)} />
              <span>{one === "pen" ? "Pen" : "Eraser"}</span>
            </label>
          ))}
        </fieldset>
        <button type="button" class="button small" onClick={clear}>
          Clear
        </button>
      </div>
      <div class="row small">
        <label class="row">
          Width
          <input
            type="range"
            min={1}
            max={20}
            value={width}
            onInput={({ currentTarget }) => setWidth(Number(currentTarget.value))}
          />
        </label>
        <label class="row">
          Colours
          <select
            class="select small"
            value={paper}
            onChange={({ currentTarget }) => setPaper(currentTarget.value as keyof typeof colours)}
          >
            <option value="light">Black on white</option>
            <option value="dark">White on black</option>
          </select>
        </label>
        <span class="row">
          Size
          <SizeInput label="Width in pixels" value={size[0]} onSize={(one) => setSize([one, size[1]])} />
          ×
          <SizeInput label="Height in pixels" value={size[1]} onSize={(one) => setSize([size[0], one])} />
        </span>
      </div>
    </div>
  );
}

interface SizeInputProps {
  readonly label: string;
  readonly value: number;
  readonly onSize: (value: number) => void;
}

function SizeInput({ label, value, onSize }: SizeInputProps) {
  return (
    <input
      class="input small size"
      type="number"
      aria-label={label}
      min={smallest}
      max={largest}
      value={value}
      onChange={({ currentTarget }) => {
        const next = Math.round(Number(currentTarget.value));
        if (next >= smallest && next <= largest) onSize(next);
        else currentTarget.value = String(value);
      }}
    />
  );
}
