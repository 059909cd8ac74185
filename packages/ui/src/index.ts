/**
 * The folder of the built page: `index.html` and the files that it loads. `rest` and `createServer` of `@deepaas/koa` serve it
 * at `/ui` if it is their option `ui`.
 */
export const uiFolder: URL = new URL("../dist/page/", import.meta.url);
