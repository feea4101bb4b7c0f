/** What could tell whose account it is, in the texts of Google's errors. */
const traces: readonly (readonly [RegExp, string])[] = [
  [/AIza[\w-]{10,}/g, "[key]"],
  [/ya29\.[\w.-]+/g, "[token]"],
  [/\bkey=[^\s&'"]+/gi, "key=[key]"],
  [/\b(projects?|consumers?|organizations?|folders?|billingAccounts?)(\/|[_ ]?(?:id|number)?[:= ]\s*['"]?)[\w:.-]+/gi, "$1$2[hidden]"],
  [/\bconsumer '[^']*'/gi, "consumer '[hidden]'"],
  [/[\w.+-]+@[\w-]+\.[\w.-]+/g, "[address]"],
  [/https?:\/\/(?!ai\.google\.dev\/)[^\s'")\]]+/g, "[link]"],
];

const maxLength = 1_000;

/** A message of Google's without keys, tokens, projects, addresses or links, short enough for an error. */
export const redact = (text: string): string => traces.reduce((clean, [pattern, instead]) => clean.replace(pattern, instead), text).slice(0, maxLength);
