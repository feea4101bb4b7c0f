// oxlint-disable-next-line no-control-regex -- escape sequences are control characters
const sequences = /\u001b(?:\[[0-?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)|[@-Z\\-_])|[\u0000-\u0008\u000b\u000c\u000e-\u001a\u001c-\u001f\u007f]/g;

/** Drops terminal colours, cursor movements and other control characters; of a line that was overwritten by `\r` the last state stays. */
export function plainText(text: string): string {
  const plain = text.replace(sequences, "");
  if (!plain.includes("\r")) return plain;
  return plain
    .split("\n")
    .map((line) => line.replace(/\r+$/, "").split("\r").at(-1))
    .join("\n");
}
