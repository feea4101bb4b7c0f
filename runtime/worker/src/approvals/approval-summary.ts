const longest = 1_500;

/** What a tool would do, in the words that matter: the whole command, the file, the address. Cut where it is long; the exact input is stored beside it. */
export function summaryOf(tool: string, input: Record<string, unknown>): string {
  const said = (key: string) => (typeof input[key] === "string" ? input[key] : undefined);
  const command = said("command");
  if (command !== undefined) return cut(`${tool}: ${command}`);
  const path = said("file_path") ?? said("notebook_path") ?? said("path");
  if (path !== undefined) return cut(`${tool}: ${path}${changeOf(said)}`);
  const address = said("url") ?? said("query");
  return cut(address === undefined ? `${tool}: ${JSON.stringify(input)}` : `${tool}: ${address}`);
}

function changeOf(said: (key: string) => string | undefined): string {
  const before = said("old_string");
  const after = said("new_string") ?? said("content") ?? said("new_source");
  return `${before === undefined ? "" : `\n- ${before.replaceAll("\n", "\n- ")}`}${after === undefined ? "" : `\n+ ${after.replaceAll("\n", "\n+ ")}`}`;
}

/** Says how much is left out, so that nobody allows a beginning for the whole. PostgreSQL's texts hold no NUL. */
function cut(text: string): string {
  const characters = [...visible(text)];
  if (characters.length <= longest) return characters.join("");
  return `${characters.slice(0, longest).join("")}… (${characters.length - longest} more characters: look at the whole before you allow it)`;
}

/** What would turn, hide or overwrite what stands beside it is shown as its number. */
const visible = (text: string) =>
  text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (character) =>
    character === "\n" || character === "\t" ? character : `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
