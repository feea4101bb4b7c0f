export type PreviewKind = "image" | "markdown" | "text" | "none";

const images = new Set("png jpg jpeg gif webp avif svg ico bmp".split(" "));
const opaque = new Set(
  "zip gz tgz bz2 xz zst 7z rar tar jar pdf doc docx xls xlsx ppt pptx odt ods mp3 mp4 m4a wav ogg webm mov avi mkv woff woff2 ttf otf eot wasm so dylib dll exe bin class pyc o a db sqlite sqlite3 parquet npy pt onnx safetensors".split(
    " ",
  ),
);

/** Units: bytes. Larger files are downloaded instead of shown. */
export const largestPreviewBytes = 2_000_000;

/** How a file is shown, by its name alone; what names don't tell is taken for text, as most of a workspace is. */
export function previewKind(name: string): PreviewKind {
  const ending = /\.([^.]+)$/.exec(name)?.[1]?.toLowerCase() ?? "";
  if (images.has(ending)) return "image";
  if (ending === "md" || ending === "markdown") return "markdown";
  return opaque.has(ending) ? "none" : "text";
}

/** The path that a relative address in a file means, inside the workspace; undefined for what leads elsewhere. */
export function resolvePath(filePath: string, address: string): string | undefined {
  if (/^([a-z][a-z\d+.-]*:|\/\/|#)/i.test(address) || address === "") return undefined;
  const base = address.startsWith("/") ? [] : filePath.split("/").slice(0, -1);
  const parts: string[] = base;
  for (const part of decode(address.split(/[?#]/, 1)[0] ?? "").split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) return undefined;
  }
  return parts.length === 0 ? undefined : parts.join("/");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
