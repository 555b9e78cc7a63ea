import tailwindcss from "@tailwindcss/vite";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { BUILT } from "./scripts/built.mjs";

/** Where `npm run dev` finds the server whose project it shows. */
const SERVER = process.env["MOTIA_SERVER"] ?? "http://127.0.0.1:3000";

export default defineConfig({
  base: "/__motia/",
  plugins: [react(), tailwindcss()],
  build: {
    target: "es2022",
    outDir: BUILT,
    emptyOutDir: true,
    // Names of the chunks, for the scale in scripts/sizes.mjs.
    manifest: "manifest.json",
    // No data: address for what is small: one kind of address less for the server's policy.
    assetsInlineLimit: 0,
  },
  server: { proxy: { "/__motia/api": { target: SERVER, ws: true, changeOrigin: true } } },
  // Style sheets are read as text, too.
  test: { include: ["tests/**/*.test.{ts,tsx}"], css: true, testTimeout: 20_000 },
});
