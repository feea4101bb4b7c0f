import { basename, extname } from "node:path";

const images: Record<string, string> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".avif": "image/avif",
  ".bmp": "image/bmp",
  ".ico": "image/x-icon",
};
/** Text that browsers run: shown only by downloading it. */
const active = new Set([".html", ".htm", ".xhtml", ".svg", ".xml", ".xsl", ".xslt", ".mht", ".mhtml", ".pdf"]);

/** Headers under which a browser shows text and images, downloads all else, and runs nothing. `head` is the file's beginning, or all of it. */
export function contentHeaders(path: string, head: Uint8Array, isWhole: boolean): Record<string, string> {
  const extension = extname(path).toLowerCase();
  const image = images[extension];
  const text = !active.has(extension) && image === undefined && isText(head, isWhole);
  return {
    "content-type": image ?? (text ? "text/plain; charset=utf-8" : "application/octet-stream"),
    "content-disposition": `${image !== undefined || text ? "inline" : "attachment"}; ${nameOf(basename(path))}`,
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; sandbox",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
  };
}

/** Source: RFC 6266 with RFC 8187. */
export function nameOf(name: string): string {
  const encoded = encodeURIComponent(name.toWellFormed()).replace(/['()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
  return `filename="${name.replace(/[^\w .-]/g, "_")}"; filename*=UTF-8''${encoded}`;
}

/** UTF-8 without NUL; a character that the end of a mere beginning cuts in two is no fault. */
function isText(head: Uint8Array, isWhole: boolean): boolean {
  if (head.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(head, { stream: !isWhole });
    return true;
  } catch {
    return false;
  }
}
