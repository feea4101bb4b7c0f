import { CircleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { Prose } from "./prose.tsx";

/** What went wrong and what to do about it, in the words of the service that knows. */
export function ProblemNotice({ error, title, onRetry, children }: { error: Error; title: string; onRetry?: () => void; children?: ReactNode }) {
  return (
    <div className="notice bad" role="alert">
      <CircleAlert aria-hidden="true" />
      <div>
        <strong>{title}</strong>
        <p>
          <Prose text={error.message} />
        </p>
        {children}
      </div>
      {onRetry !== undefined && (
        <button type="button" className="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
