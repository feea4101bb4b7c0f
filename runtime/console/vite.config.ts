import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin } from "vite";

export default defineConfig({
  root: join(import.meta.dirname, "web"),
  plugins: [react(), sonnerWithoutInlineStyle(), serviceWorker(), compressed()],
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

/** Names the shell's files (but for the large page that tries the API) to the service worker, and the release by what is in them: browsers take a worker that changed for a new release. */
function serviceWorker(): Plugin {
  return {
    name: "service-worker",
    apply: "build",
    async writeBundle({ dir }, bundle) {
      const entry = Object.values(bundle).find((part) => part.type === "chunk" && part.isEntry);
      const kept = (await filesIn(dir!)).filter((path) => /^\/(assets\/(?!api-page)|icon\.svg$|theme\.js$|manifest\.webmanifest$)/.test(path));
      const contents = await Promise.all(["/index.html", ...kept].map((path) => readFile(join(dir!, path))));
      const release = createHash("sha256");
      for (const content of contents) release.update(content);
      const names = { __SHELL__: ["/", ...kept], __CACHE__: `shell-${release.digest("hex").slice(0, 16)}`, __ENTRY__: `/${entry?.fileName}` };
      const script = await readFile(join(import.meta.dirname, "web/service-worker.js"), "utf8");
      const named = Object.entries(names).reduce((text, [name, value]) => text.replace(`self.${name}`, () => JSON.stringify(value)), script);
      await writeFile(join(dir!, "service-worker.js"), named);
    },
  };
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => `/${relative(folder, join(entry.parentPath, entry.name)).replaceAll("\\", "/")}`)
    .toSorted();
}

/** Compresses once, when the UI is built, instead of at each request. */
function compressed(): Plugin {
  let folder = "";
  return {
    name: "compressed",
    apply: "build",
    configResolved: ({ build }) => void (folder = build.outDir),
    // After all others have written: the service worker is compressed too.
    enforce: "post",
    async closeBundle(failed) {
      if (failed !== undefined) return;
      for (const path of (await filesIn(folder)).filter((path) => /\.(js|css|html|svg|webmanifest)$/.test(path)).map((path) => join(folder, path))) {
        const plain = await readFile(path);
        if (plain.length < 1_000) continue;
        await writeFile(`${path}.br`, brotliCompressSync(plain));
        await writeFile(`${path}.gz`, gzipSync(plain, { level: 9 }));
      }
    },
  };
}
