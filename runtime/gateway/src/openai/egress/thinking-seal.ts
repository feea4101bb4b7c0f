const mark = "freehold-openai:1:";

/** The signature of a thinking block that no model of Anthropic's has made. Shape: a mark and base64 of the provider's own signature, which may be empty. */
export const sealSignature = (signature: string): string => mark + Buffer.from(signature).toString("base64");

/** The provider's own signature, or undefined for a block that another kind of provider has made. */
export const openSignature = (sealed: string): string | undefined =>
  sealed.startsWith(mark) ? Buffer.from(sealed.slice(mark.length), "base64").toString("utf8") : undefined;
