import { useSyncExternalStore } from "react";
import { releases, takeRelease } from "./release.ts";

/** Says that the console was renewed; what is being written is not lost by it, for nothing happens unasked. */
export function ReleaseBanner() {
  const { isNewer } = useSyncExternalStore(releases.subscribe, releases.get);
  return (
    <div role="status">
      {isNewer && (
        <div className="release-banner">
          <span>A new version of the console is out.</span>
          <button type="button" className="button" onClick={takeRelease}>
            Load it
          </button>
        </div>
      )}
    </div>
  );
}
