import { Prose } from "../../parts/prose.tsx";

/** Why a change was refused, beside what was changed. */
export function FieldProblem({ error }: { error: Error | null }) {
  if (error === null) return null;
  return (
    <p className="field-problem" role="alert">
      <Prose text={error.message} />
    </p>
  );
}
