import { useState } from "react";
import { countOf } from "../../format.ts";

/** Beyond this a browser grows slow; the whole text is in the download. */
const mostLines = 2_000;

/** Plain text of which the first lines are shown until the reader asks for more. */
export function ClampedText({ text, lines: shownAtFirst }: { text: string; lines: number }) {
  const [whole, setWhole] = useState(false);
  const lines = text.split("\n");
  const limit = whole ? mostLines : shownAtFirst;
  const hidden = lines.length - limit;
  return (
    <>
      <pre className="output">{lines.slice(0, limit).join("\n")}</pre>
      {hidden > 0 && (
        <button type="button" className="link" disabled={whole} onClick={() => setWhole(true)}>
          {whole ? `${countOf(hidden, "line")} more in the download` : `Show ${countOf(hidden, "more line")}`}
        </button>
      )}
    </>
  );
}
