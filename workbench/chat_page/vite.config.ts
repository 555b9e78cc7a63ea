import { resolve } from "node:path";
import { defineConfig } from "vite";

/** The page beside its step. Fixed names: whoever asks again learns by the ETag whether they changed. */
export default defineConfig({
  base: "/chat-demo/",
  build: {
    target: "es2022",
    outDir: resolve(import.meta.dirname, "../../steps/chat_page/dist"),
    emptyOutDir: true,
    modulePreload: false,
    rollupOptions: { output: { entryFileNames: "page.js" } },
  },
});
