import { WifiOff } from "lucide-react";
import { useEffect, useState, useSyncExternalStore } from "react";
import { reachability } from "../api/reachability.ts";

function useOnline(): boolean {
  const [online, setOnline] = useState(navigator.onLine);
  useEffect(() => {
    const update = () => setOnline(navigator.onLine);
    addEventListener("online", update);
    addEventListener("offline", update);
    return () => {
      removeEventListener("online", update);
      removeEventListener("offline", update);
    };
  }, []);
  return online;
}

/** Says that what is shown may be old, and whose connection it is. A home on this machine answers without a network: only what fails counts. */
export function ConnectionBanner() {
  const online = useOnline();
  const reachable = useSyncExternalStore(reachability.subscribe, reachability.get);
  const text = online
    ? "The console can't be reached. What you see is from before; trying again."
    : "You are offline. What you see is from before; it goes on by itself when you are back.";
  return (
    <div role="status" className="connection">
      {!reachable && (
        <div className="connection-banner">
          <WifiOff aria-hidden="true" />
          {text}
        </div>
      )}
    </div>
  );
}
