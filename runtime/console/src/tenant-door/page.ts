import { createHash } from "node:crypto";

export interface Notice {
  title: string;
  /** What is the matter, and what to do. */
  text: string;
  /** Where to do it. */
  link?: { href: string; label: string };
  /** Whether something is under way, after which the page asked for comes. Units: seconds until it is asked for again without a script. */
  comesIn?: number;
}

const style = `
:root { color-scheme: light dark; --ink: #1d1d1a; --quiet: #625e56; --ground: #f7f6f3; --card: #fff; --line: #e5e2db; --accent: #1a6673; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e9e8e3; --quiet: #a3a39a; --ground: #141614; --card: #1b1d1b; --line: #2b2f2b; --accent: #74c6d1; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; padding: 24px; background: var(--ground); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif; }
main { width: 100%; max-width: 440px; padding: 28px; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
h1 { margin: 0 0 8px; font-size: 20px; line-height: 1.3; overflow-wrap: anywhere; }
p { margin: 0 0 12px; color: var(--quiet); overflow-wrap: anywhere; }
p:last-child { margin: 0; }
a { color: var(--accent); }
.bar { height: 4px; margin: 20px 0; border-radius: 2px; background: var(--line); overflow: hidden; }
.bar::before { content: ""; display: block; width: 40%; height: 100%; border-radius: 2px; background: var(--accent); animation: run 1.6s ease-in-out infinite alternate; }
@keyframes run { from { transform: translateX(0); } to { transform: translateX(150%); } }
@media (prefers-reduced-motion: reduce) { .bar::before { animation: none; width: 100%; opacity: 0.6; } }
`;

/** Asks until the tenant is up, and says so when what it waits for changes. */
const script = `
const title = document.querySelector("h1"), text = document.getElementById("text");
const look = async () => {
  try {
    const answer = await fetch("/.freehold/state", { headers: { accept: "application/json" } });
    const now = await answer.json();
    if (!answer.ok || now.isOver || now.state === "awake") return location.reload();
    if (title.textContent !== now.title) title.textContent = now.title;
    if (text.textContent !== now.text) text.textContent = now.text;
  } catch {}
  setTimeout(look, 1000);
};
setTimeout(look, 1000);
`;

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/** A tenant's origin is not ours alone: these pages run and load what stands in them, and nothing else. */
export const pagePolicy = [
  "default-src 'none'",
  `style-src ${hashOf(style)}`,
  `script-src ${hashOf(script)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join("; ");

const escapes: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };
const escape = (text: string) => text.replace(/[&<>"']/g, (mark) => escapes[mark]!);

/** A small page in place of the one that was asked for; it needs no script. */
export function renderPage({ title, text, link, comesIn }: Notice): string {
  const waits = comesIn !== undefined;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<title>${escape(title)}</title>
${waits ? `<noscript><meta http-equiv="refresh" content="${comesIn}"></noscript>\n` : ""}<style>${style}</style>
</head>
<body>
<main${waits ? ' aria-busy="true"' : ""}>
<div${waits ? ' aria-live="polite"' : ""}>
<h1>${escape(title)}</h1>
<p id="text">${escape(text)}</p>
</div>
${waits ? '<div class="bar" aria-hidden="true"></div>\n' : ""}${link === undefined ? "" : `<p><a href="${escape(link.href)}">${escape(link.label)}</a></p>\n`}</main>
${waits ? `<script>${script}</script>\n` : ""}</body>
</html>
`;
}
