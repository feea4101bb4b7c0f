import { useState } from "react";
import { countOf } from "../../format.ts";
import type { DiffLine } from "../../log/diff.ts";

const shownAtFirst = 16;
const mostLines = 2_000;
const signs = { same: " ", added: "+", removed: "−", gap: "⋯" } as const;
const words = { same: "", added: "added: ", removed: "removed: ", gap: "" } as const;

/** What an edit changed, line by line; long ones show their beginning until the reader asks for more. */
export function DiffView({ lines }: { lines: readonly DiffLine[] }) {
  const [whole, setWhole] = useState(false);
  const limit = whole ? mostLines : shownAtFirst;
  const hidden = lines.length - limit;
  if (lines.length === 0) return <p className="muted">No lines changed.</p>;
  return (
    <>
      <div className="diff">
        {lines.slice(0, limit).map((line, index) => (
          <div key={index} className={line.kind}>
            <span className="diff-number" aria-hidden="true">
              {line.after ?? line.before ?? ""}
            </span>
            <span className="diff-sign" aria-hidden="true">
              {signs[line.kind]}
            </span>
            <span className="diff-text">
              <span className="visually-hidden">{words[line.kind]}</span>
              {line.text}
            </span>
          </div>
        ))}
      </div>
      {hidden > 0 && (
        <button type="button" className="link" disabled={whole} onClick={() => setWhole(true)}>
          {whole ? `${countOf(hidden, "line")} more in the raw log` : `Show ${countOf(hidden, "more line")}`}
        </button>
      )}
    </>
  );
}
