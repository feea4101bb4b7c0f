import { z } from "zod";
import type { DocumentBlock, ImageBlock } from "../wire/anthropic.ts";
import { untranslatable } from "../wire/fault.ts";
import { join, maybe } from "../wire/fields.ts";
import type { Notes } from "./notes.ts";

/** Source: platform.claude.com, Messages API, Base64ImageSource. */
const imageTypes = new Set(["image/jpeg", "image/png", "image/gif", "image/webp"]);

/** An image by its address: data, or https. Throws: TranslationFault. */
export function toImage(url: string, path: string): ImageBlock {
  if (/^https:\/\//i.test(url)) return { type: "image", source: { type: "url", url } };
  const data = readDataUrl(url);
  if (data === undefined) throw untranslatable(path, "must be an https address or base64 data (data:image/…;base64,…)");
  if (!imageTypes.has(data.type)) throw untranslatable(path, `images of type ${data.type} can't be translated; send JPEG, PNG, GIF or WebP`);
  return { type: "image", source: { type: "base64", media_type: data.type, data: data.base64 } };
}

/** Claude sees every image in its full size: what asks for that needs no word, what asks for less has no effect. */
export function noteDetail(detail: string | undefined, path: string, notes: Notes): void {
  if (detail === "low" || detail === "original") notes.ignored.add(path);
}

export const fileFields = z.object({ file_data: maybe(z.string()), file_id: maybe(z.string()), filename: maybe(z.string()), file_url: maybe(z.string()) });

/** A PDF or a plain text, by its data or its https address. Throws: TranslationFault. */
export function toDocument({ file_data, file_id, filename, file_url }: z.output<typeof fileFields>, path: string): DocumentBlock {
  if (file_id !== undefined) throw untranslatable(join(path, "file_id"), "no files are stored here; send file_data");
  const title = filename === undefined ? {} : { title: filename };
  if (file_url !== undefined) {
    if (!/^https:\/\//i.test(file_url)) throw untranslatable(join(path, "file_url"), "must be an https address");
    return { type: "document", source: { type: "url", url: file_url }, ...title };
  }
  const data = readDataUrl(file_data ?? "");
  if (data?.type === "application/pdf") return { type: "document", source: { type: "base64", media_type: "application/pdf", data: data.base64 }, ...title };
  if (data?.type.startsWith("text/") === true) {
    const text = Buffer.from(data.base64, "base64").toString("utf8");
    return { type: "document", source: { type: "text", media_type: "text/plain", data: text }, ...title };
  }
  throw untranslatable(join(path, "file_data"), "must be a PDF or a text as base64 data (data:application/pdf;base64,…)");
}

function readDataUrl(url: string): { type: string; base64: string } | undefined {
  const comma = url.indexOf(",");
  const head = comma < 0 || comma > 200 ? null : /^data:([^;,]*)(?:;[^;,]*)*;base64$/i.exec(url.slice(0, comma));
  const base64 = url.slice(comma + 1).replaceAll(/\s/g, "");
  return head === null || /[^A-Za-z0-9+/=]/.test(base64) ? undefined : { type: (head[1] ?? "").toLowerCase(), base64 };
}
