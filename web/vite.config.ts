import { defineConfig } from "vite";

export default defineConfig({
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    target: "es2022",
    // light-dark() must reach the browser as it stands: its replacement does not follow the choice of colours.
    cssTarget: ["chrome123", "firefox120", "safari17.5"],
    // The polyfill would be an inline script in older browsers; ours all preload by themselves.
    modulePreload: { polyfill: false },
    // Inlining as data: addresses would weaken the content security policy for nothing.
    assetsInlineLimit: 0,
    reportCompressedSize: true,
    // What three parts of the page or more need is one file: small files compress badly.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: "shared", minShareCount: 3, test: /src\/|preact/ }] } } },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8080" } },
});
