import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { brotliCompressSync, gzipSync } from "node:zlib";
import react from "@vitejs/plugin-react";
import { defineConfig, type Plugin, type Rolldown } from "vite";

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
    rolldownOptions: {
      output: {
        // Nearly all of it runs at once: told so, Chromium compiles it while it is still on its way, beside the thread that shows the page.
        postBanner: ({ name }) => (name === "framework" ? "//# allFunctionsCalledOnLoad" : ""),
        codeSplitting: {
          groups: [
            // It stays the same, and in the browser's cache, from release to release.
            { name: "framework", test: /node_modules\/(react|react-dom|scheduler|@tanstack|wouter|sonner|regexparam|use-sync-external-store)\// },
            // What several pages share comes in one file: each icon in a file of its own would cost a page twenty requests.
            { name: "shared", test: /lucide-react|web\/src\/(parts|api|format|pages\/title|shell\/shortcuts)/, minShareCount: 2 },
            { name: "job", test: /virtua|web\/src\/(log|pages\/job)\//, minShareCount: 2 },
          ],
        },
      },
    },
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
      await namePartsOfPages(dir!, bundle);
      const entry = Object.values(bundle).find((part) => part.type === "chunk" && part.isEntry);
      const kept = (await filesIn(dir!)).filter((path) => /^\/(assets\/(?!api-page)|icon\.svg$|start\.js$|manifest\.webmanifest$)/.test(path));
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

/** Pages that are opened from outside, by their addresses, and what they surely load besides; the first that fits. */
const pages = {
  "^/(jobs/?)?$": ["pages/jobs/jobs-page.tsx"],
  "^/jobs/": ["pages/job/job-page.tsx", "parts/markdown-engine.ts"],
  "^/models": ["pages/models/models-page.tsx"],
  "^/schedules/?$": ["pages/schedules/schedules-page.tsx"],
  "^/approvals": ["pages/approvals/approvals-page.tsx"],
  "^/settings": ["pages/settings/settings-page.tsx"],
  "^/templates": ["pages/templates/templates-page.tsx"],
  "^/notices": ["pages/notices/notices-page.tsx"],
  "^/backups": ["pages/backups-page.tsx"],
  "^/tenants/?$": ["pages/tenants/tenants-page.tsx"],
  "^/home": ["pages/home-page.tsx"],
};

/** Tells start.js which files each page needs, so that they are fetched beside the console's script and not after it. */
async function namePartsOfPages(dir: string, bundle: Rolldown.OutputBundle): Promise<void> {
  const chunks = Object.values(bundle).filter((part) => part.type === "chunk");
  const entry = chunks.find(({ isEntry }) => isEntry);
  const inEntry = new Set([entry?.fileName, ...(entry?.imports ?? [])]);
  const partsOf = (source: string) => {
    const page = chunks.find(({ facadeModuleId }) => facadeModuleId?.endsWith(source) === true);
    if (page === undefined) throw new Error(`No part of the build is ${source}: name the page anew in vite.config.ts.`);
    return [page.fileName, ...page.imports.filter((name) => !inEntry.has(name)), ...(page.viteMetadata?.importedCss ?? [])].map((name) => `/${name}`);
  };
  const parts = Object.fromEntries(Object.entries(pages).map(([pattern, sources]) => [pattern, [...new Set(sources.flatMap(partsOf))]]));
  const path = join(dir, "start.js");
  const script = await readFile(path, "utf8");
  await writeFile(
    path,
    script.replace("self.__PARTS__", () => JSON.stringify(parts)),
  );
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
