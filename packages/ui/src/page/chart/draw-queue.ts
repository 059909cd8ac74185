// Charts are drawn in animation frames, and only as many in one frame as leave time for the rest of the page.

const budgetMs = 6;
const queue = new Set<() => void>();
let frame = 0;

/** Calls `draw` in one of the next frames; once, however often it is requested before. Returns a function that cancels it. */
export function requestDraw(draw: () => void): () => void {
  queue.add(draw);
  if (frame === 0) frame = requestAnimationFrame(drawSome);
  return () => queue.delete(draw);
}

function drawSome(): void {
  const start = performance.now();
  frame = 0;
  for (const draw of queue) {
    queue.delete(draw);
    draw();
    if (performance.now() - start > budgetMs) break;
  }
  if (queue.size > 0) frame = requestAnimationFrame(drawSome);
}
