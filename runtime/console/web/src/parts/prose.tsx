import { Fragment } from "react";

/** A sentence of ours in which `commands` stand between backticks. */
export function Prose({ text }: { text: string }) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? <code key={index}>{part}</code> : <Fragment key={index}>{part}</Fragment>)); // oxlint-disable-line react/no-array-index-key -- parts never move
}
