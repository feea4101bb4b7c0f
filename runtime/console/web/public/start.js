// Before the first paint, so that a chosen theme never flashes the other one.
try {
  const theme = localStorage.getItem("freehold.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
} catch {}

// While the console's script is still on its way: what its first page will ask for, and that page's own parts. The build puts in their names.
{
  const parts = self.__PARTS__;
  const { pathname, search } = location;
  const page = Object.keys(parts ?? {}).find((pattern) => new RegExp(pattern).test(pathname));
  for (const href of (page && parts[page]) ?? []) {
    const isStyle = href.endsWith(".css");
    document.head.append(
      Object.assign(document.createElement("link"), isStyle ? { rel: "preload", as: "style", href, crossOrigin: "" } : { rel: "modulepreload", href }),
    );
  }

  const job = /^\/jobs\/([0-9a-f-]{36})(\/|$)/.exec(pathname)?.[1];
  const isBoard = (pathname === "/" || pathname === "/jobs") && search === "";
  const ask = (path) => fetch(path, { headers: { accept: "application/json" }, credentials: "same-origin" }).catch(() => undefined);
  const session = ask("/api/session");
  // Whoever isn't signed in would only be refused.
  const later = [...(isBoard ? ["/api/jobs?limit=50", "/api/queue"] : []), ...(job ? [`/api/jobs/${job}`] : [])];
  const askedLater = later.map((path) => [path, session.then((answer) => (answer?.ok ? ask(path) : undefined))]);
  // src/api/early.ts takes them.
  self.early = new Map([["/api/session", session], ...askedLater]);

  // A job's page begins with the log of its newest attempt.
  if (pathname === `/jobs/${job}`)
    self.early
      .get(`/api/jobs/${job}`)
      .then((answer) => (answer?.ok ? answer.clone().json() : undefined))
      .then((found) => {
        const path = `/api/jobs/${job}/log.ndjson?attempt=${found?.attempts.at(-1)?.number}`;
        if (found?.attempts.length > 0) self.early.set(path, ask(path));
      })
      .catch(() => undefined);
}
