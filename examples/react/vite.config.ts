import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

/** The page's own server passes `/v1` on to the gateway, so that both have one address. */
const target = process.env.SIGNALBOX_URL ?? "http://127.0.0.1:7400";
const proxy = { "/v1": { target, ws: true, changeOrigin: true, headers: { origin: target } } };

export default defineConfig({
  plugins: [react()],
  // In this checkout: the packages' sources. A program of its own does not need it.
  resolve: { conditions: ["source", "module", "browser", "development|production"] },
  server: { proxy },
  preview: { proxy },
});
