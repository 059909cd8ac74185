// The upper bounds of histograms. Each costs a line of text for each combination of labels.

/** In seconds: from a call that does nothing to a generation of minutes. */
export const callSeconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300];

/** In seconds. */
export const storeSeconds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

/** In seconds. A timer of Node.js is up to 1 ms late. */
export const delaySeconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5];

export const batchSizes = [1, 2, 4, 8, 16, 32, 64, 128];
