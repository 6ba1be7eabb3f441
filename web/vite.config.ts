import { defineConfig } from "vite";

export default defineConfig({
  // Relative addresses: the page works under any path that serves it.
  base: "/",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // The polyfill would be an inline script in older browsers; ours all preload by themselves.
    modulePreload: { polyfill: false },
    // Inlining as data: addresses would weaken the content security policy for nothing.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
