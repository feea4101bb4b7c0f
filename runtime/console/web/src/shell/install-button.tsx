import { Download } from "lucide-react";
import { useSyncExternalStore } from "react";
import { installation } from "./installation.ts";

/** Puts the console among the device's apps, where the browser offers that. */
export function InstallButton() {
  const isOffered = useSyncExternalStore(installation.subscribe, installation.isOffered);
  if (!isOffered) return null;
  return (
    <button type="button" className="button fit" onClick={() => void installation.install()}>
      <Download aria-hidden="true" />
      Install on this device
    </button>
  );
}
