import { TheaterIcon } from "lucide-react";
import { useHome } from "../../api/queries.ts";

/** Nobody should take the rehearsal model's answers for a real model's. */
export function RehearsalBanner() {
  const { data } = useHome();
  if (data?.provider !== "rehearsal") return null;
  return (
    <div className="notice warn slim" role="note">
      <TheaterIcon aria-hidden="true" />
      <p>
        <strong>Rehearsal model:</strong> offline, not a real model. Set an Anthropic key to use a real one: <code>npm run freehold -- key set</code>
      </p>
    </div>
  );
}
