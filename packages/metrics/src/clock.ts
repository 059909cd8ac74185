/** In Node.js the global is a getter, which takes as long as reading the clock. */
export const clock = performance;
