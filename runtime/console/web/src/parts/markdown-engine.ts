import DOMPurify from "dompurify";
import { Marked } from "marked";

const marked = new Marked({ gfm: true, breaks: true });

export type ImageAddress = (source: string) => string | undefined;

/** Only what a text needs: no forms, no styles, no ids, and nothing that loads from elsewhere. */
const allowed = {
  ALLOWED_TAGS: "a b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i img input kbd li ol p pre s strong sub sup table tbody td th thead tr ul".split(" "),
  ALLOWED_ATTR: ["href", "src", "alt", "title", "align", "start", "type", "checked", "disabled"],
};

let imageAddress: ImageAddress = () => undefined;

DOMPurify.addHook("afterSanitizeAttributes", (node) => {
  if (node.tagName === "A") {
    node.setAttribute("target", "_blank");
    node.setAttribute("rel", "noopener noreferrer");
  }
  if (node.tagName === "INPUT" && node.getAttribute("type") !== "checkbox") node.remove();
  if (node.tagName === "IMG") {
    const address = imageAddress(node.getAttribute("src") ?? "");
    if (address === undefined) node.replaceWith(document.createTextNode(`[image: ${node.getAttribute("alt") ?? ""}]`));
    else node.setAttribute("src", address);
    if (!node.hasAttribute("alt")) node.setAttribute("alt", "");
  }
});

/** Markdown as HTML that is safe to show; images are shown only where `images` gives them an address. */
export function renderMarkdown(text: string, images: ImageAddress = () => undefined): string {
  imageAddress = images;
  return DOMPurify.sanitize(marked.parse(text, { async: false }), allowed);
}
