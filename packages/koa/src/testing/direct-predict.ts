/** False in the run of these tests with all predicts through Koa (vitest.config.ts). */
export const directPredict = process.env.DEEPAAS_TEST_DIRECT_PREDICT !== "false";
