import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

export default defineConfig({
  root: join(import.meta.dirname, "web"),
  plugins: [react(), sonnerWithoutInlineStyle(), compressed()],
  build: {
    outDir: join(import.meta.dirname, "dist"),
    emptyOutDir: true,
    target: ["chrome123", "edge123", "firefox128", "safari17.5"],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    reportCompressedSize: true,
  },
});

/** sonner adds its stylesheet by script, which the console's Content-Security-Policy forbids; it is imported as a file instead. */
function sonnerWithoutInlineStyle(): Plugin {
  return {
    name: "sonner-without-inline-style",
    transform: (code, id) => (id.endsWith("/sonner/dist/index.mjs") ? { code: code.replace(/^__insertCSS\(".*"\);$/m, ""), map: null } : undefined),
  };
}

/** Compresses once, when the UI is built, instead of at each request. */
function compressed(): Plugin {
  return {
    name: "compressed",
    apply: "build",
    async writeBundle({ dir }) {
      const entries = await readdir(dir!, { recursive: true, withFileTypes: true });
      const paths = entries.filter((entry) => entry.isFile() && /\.(js|css|html|svg)$/.test(entry.name)).map((entry) => join(entry.parentPath, entry.name));
      for (const path of paths) {
        const plain = await readFile(path);
        if (plain.length < 1_000) continue;
        await writeFile(`${path}.br`, brotliCompressSync(plain));
        await writeFile(`${path}.gz`, gzipSync(plain, { level: 9 }));
      }
    },
  };
}
