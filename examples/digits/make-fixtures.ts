// Draws the test pictures: node examples/digits/make-fixtures.ts
//
// The paths are Bézier curves that were drawn by hand for this file alone. They share nothing with the skeletons and the distortions
// that the training draws from, so that the test says something about digits which the network has not seen.

import { mkdir, writeFile } from "node:fs/promises";
import sharp from "sharp";

/** In a box of 100 x 140. */
const paths = {
  "0-oval": "M52 12 C20 14 8 60 18 100 C28 138 78 134 88 86 C96 44 80 10 48 16",
  "0-tail": "M60 20 C30 10 15 50 20 85 C26 125 70 130 82 90 C92 50 80 18 55 22 L50 30",
  "1-plain": "M50 10 L46 130",
  "1-flag": "M28 44 L58 12 L56 130",
  "1-base": "M30 36 L54 14 L52 128 M24 130 L84 127",
  "2-plain": "M20 42 C24 4 84 4 78 46 C72 80 34 104 16 128 L88 124",
  "2-loop": "M18 34 C30 6 80 8 74 44 C68 82 40 108 26 122 C10 132 8 108 28 106 C50 104 62 134 92 114",
  "3-round": "M20 24 C40 2 84 12 72 42 C66 56 50 62 40 64 C66 62 90 78 80 106 C70 134 30 134 14 112",
  "3-flat": "M18 14 L80 14 L44 58 C84 54 94 96 70 118 C52 132 26 130 14 116",
  "4-open": "M34 12 C28 40 20 60 14 78 L86 74 M66 34 L60 132",
  "4-closed": "M68 132 L72 10 L12 90 L92 90",
  "4-curved": "M18 12 C14 40 14 60 24 66 C44 74 70 64 80 54 M84 12 L76 130",
  "5-plain": "M80 16 L32 16 L26 62 C52 48 86 62 80 98 C74 130 36 136 16 116",
  "5-bar": "M28 24 L24 66 C60 50 88 74 78 104 C70 128 40 136 14 122 M32 16 L86 10",
  "6-round": "M70 12 C38 36 14 76 20 108 C26 136 74 136 80 104 C84 76 40 66 24 98",
  "6-small": "M52 10 C30 50 22 80 24 104 C28 134 66 132 70 106 C72 84 44 78 26 100",
  "7-plain": "M14 18 L84 14 C66 54 48 92 42 132",
  "7-crossed": "M12 22 L82 16 L40 132 M28 74 L76 70",
  "7-hooked": "M16 34 L18 16 C40 22 64 18 88 12 C64 50 56 90 54 130",
  "8-one-line":
    "M72 26 C56 4 20 14 28 42 C36 66 80 74 78 104 C74 136 20 134 24 100 C28 74 74 58 76 34 C76 28 74 24 70 22",
  "8-two-rings": "M50 64 C14 54 20 10 52 10 C84 10 84 56 50 64 C10 74 12 130 50 130 C90 130 90 74 50 64",
  "9-straight": "M76 30 C60 4 18 16 22 46 C26 74 70 68 76 28 C78 64 72 100 62 132",
  "9-hooked": "M78 22 C50 0 14 26 26 52 C38 72 74 52 80 20 C88 70 84 110 62 126 C44 136 26 126 20 116",
  "9-stem": "M70 14 C34 8 16 36 32 54 C48 66 72 44 74 18 L70 132",
};

interface Look {
  name: string;
  /** Of the picture, in pixels. */
  width: number;
  height: number;
  /** The digit's height as a part of the picture's. */
  share: number;
  pen: string;
  /** In the units of the paths. */
  penWidth: number;
  /** SVG that is drawn before the digit; nothing leaves the picture transparent. */
  paper: string;
  angle: number;
  format: "png" | "jpg";
}

const fill = (colour: string): string => `<rect width="100%" height="100%" fill="${colour}"/>`;
const shade = `<defs><linearGradient id="s" x2="1" y2="1"><stop stop-color="#f4efe2"/><stop offset="1" stop-color="#7d786d"/></linearGradient></defs>${fill("url(#s)")}`;
const rules = [30, 65, 100, 135, 170].map((y) => `<path d="M0 ${y} H400" stroke="#bcd" stroke-width="1.5"/>`).join("");
const specks = [
  [20, 30],
  [150, 25],
  [30, 150],
  [170, 140],
  [95, 12],
]
  .map(([x, y]) => `<circle cx="${x}" cy="${y}" r="1.3" fill="#555"/>`)
  .join("");

const looks: readonly Look[] = [
  {
    name: "felt pen",
    width: 160,
    height: 200,
    share: 0.7,
    pen: "#111",
    penWidth: 14,
    paper: fill("white"),
    angle: 0,
    format: "png",
  },
  {
    name: "scan 28",
    width: 28,
    height: 28,
    share: 0.72,
    pen: "white",
    penWidth: 11,
    paper: fill("black"),
    angle: 6,
    format: "png",
  },
  {
    name: "ballpoint",
    width: 240,
    height: 200,
    share: 0.6,
    pen: "#23408e",
    penWidth: 5,
    paper: fill("#fbf9f2") + rules,
    angle: -7,
    format: "jpg",
  },
  {
    name: "shaded",
    width: 200,
    height: 200,
    share: 0.5,
    pen: "#2a2624",
    penWidth: 9,
    paper: shade + specks,
    angle: 4,
    format: "jpg",
  },
  {
    name: "transparent",
    width: 120,
    height: 120,
    share: 0.8,
    pen: "#c22",
    penWidth: 10,
    paper: "",
    angle: -4,
    format: "png",
  },
  {
    name: "chalk",
    width: 320,
    height: 240,
    share: 0.45,
    pen: "#e9efe6",
    penWidth: 12,
    paper: fill("#24503a"),
    angle: 9,
    format: "jpg",
  },
  {
    name: "tight crop",
    width: 44,
    height: 60,
    share: 0.98,
    pen: "#333",
    penWidth: 13,
    paper: fill("#ddd"),
    angle: 0,
    format: "jpg",
  },
];

async function render(path: string, look: Look): Promise<Buffer> {
  const { width, height, share, pen, penWidth, paper, angle } = look;
  const scale = (share * height) / 140;
  const place = `translate(${width / 2} ${height / 2}) rotate(${angle}) scale(${scale}) translate(-50 -70)`;
  const stroke = `fill="none" stroke="${pen}" stroke-width="${penWidth}" stroke-linecap="round" stroke-linejoin="round"`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${paper}<path transform="${place}" d="${path}" ${stroke}/></svg>`;
  const image = sharp(Buffer.from(svg));
  return look.format === "png" ? image.png().toBuffer() : image.jpeg({ quality: 70 }).toBuffer();
}

const folder = new URL("./fixtures/", import.meta.url);
await mkdir(folder, { recursive: true });
for (const [index, [name, path]] of Object.entries(paths).entries()) {
  const look = looks[index % looks.length];
  if (!look) continue;
  await writeFile(new URL(`${name}-${look.name.replace(" ", "-")}.${look.format}`, folder), await render(path, look));
}
const blue = {
  name: "blue",
  width: 200,
  height: 200,
  share: 0.6,
  pen: "#23408e",
  penWidth: 7,
  paper: fill("#fdfcf7"),
  angle: 3,
  format: "png",
} as const;
await writeFile(new URL("./7.png", import.meta.url), await render(paths["7-hooked"], blue));
