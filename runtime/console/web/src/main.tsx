import { startTransition, StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app.tsx";
import { awaitInstallOffer } from "./shell/installation.ts";
import { keepShell } from "./shell/release.ts";
import "./styles/index.css";

const root = createRoot(document.getElementById("root")!);
// As a transition React renders in slices: a phone answers a touch between them.
startTransition(() =>
  root.render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);

awaitInstallOffer();
// After the first paint: what the page needs now comes first.
if (import.meta.env.PROD) addEventListener("load", () => void keepShell(), { once: true });
