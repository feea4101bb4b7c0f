// Keeps the console's shell, so that it opens at once and says so when the home can't be reached. What the API answers is never kept.
// The build puts in the names of the shell's files, a name for this release, and the page's first script.
const shell = self.__SHELL__;
const cacheName = self.__CACHE__;
const entry = self.__ENTRY__;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(cacheName).then((cache) => cache.addAll(shell)));
});

self.addEventListener("activate", (event) => {
  const dropOlder = async () => {
    const names = await caches.keys();
    await Promise.all(names.filter((name) => name !== cacheName).map((name) => caches.delete(name)));
    await self.clients.claim();
  };
  event.waitUntil(dropOlder());
});

self.addEventListener("message", (event) => {
  if (event.data === "entry") event.ports[0]?.postMessage(entry);
  if (event.data === "activate") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (!/^\/(api|health|metrics)(\/|$)/.test(pathname)) event.respondWith(page(request));
  } else if (shell.includes(pathname)) event.respondWith(fromShell(pathname, request));
});

/** The page as the home has it now; the kept one while the home can't be reached. */
async function page(request) {
  const answer = await fetch(request).catch(() => undefined);
  if (answer !== undefined && answer.status < 502) return answer;
  return (await kept("/")) ?? answer ?? Response.error();
}

const fromShell = async (pathname, request) => (await kept(pathname)) ?? fetch(request);
const kept = async (path) => (await caches.open(cacheName)).match(path);
