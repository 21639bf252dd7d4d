import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** In development the API is a running gateway: `SIGNALBOX_URL`, or the default port. */
const gateway = process.env.SIGNALBOX_URL ?? "http://127.0.0.1:7400";

export default defineConfig({
  // Relative: the same files work at `/` and below any prefix of a reverse proxy.
  base: "./",
  plugins: [react(), tailwindcss()],
  resolve: { conditions: ["source", "module", "browser", "development|production"] },
  build: {
    target: "es2023",
    // The content policy allows fonts and images from files only, and no inline script.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { index: "index.html", sw: "src/notifications/worker.ts" },
      // A service worker must always be at one address, from which its scope is told.
      output: { entryFileNames: ({ name }) => (name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  // To the gateway, requests through Vite must look like those of a page of its own.
  server: { proxy: { "/v1": { target: gateway, ws: true, changeOrigin: true, headers: { origin: gateway } } } },
});
