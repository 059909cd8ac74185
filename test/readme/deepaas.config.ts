export default {
  listenPort: 8080,
  workers: 2,
  keepRuns: 500,
  models: { digits: "../../examples/digits/digits.ts" },
};
