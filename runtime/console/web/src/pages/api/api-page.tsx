import { useEffect, useRef } from "react";
import SwaggerUi from "swagger-ui-dist/swagger-ui-es-bundle.js";
import "swagger-ui-dist/swagger-ui.css";
import "../../styles/api.css";
import { useTheme } from "../../shell/theme.ts";
import { useTitle } from "../title.ts";

/** The API's document, with a way to try each route as whoever is signed in. */
export function ApiPage() {
  useTitle("API");
  useDarkness();
  const place = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const node = place.current;
    if (node === null) return undefined;
    SwaggerUi({
      domNode: node,
      url: "/api/openapi.json",
      docExpansion: "list",
      defaultModelsExpandDepth: -1,
      tryItOutEnabled: true,
      filter: true,
      // Its colours can't be read by everybody.
      syntaxHighlight: { activated: false },
      // Nothing is asked of anybody else, and links of the page stay the console's own.
      validatorUrl: null,
      deepLinking: false,
    });
    // Wide answers scroll within themselves; the keyboard must reach them, and a screen reader the search.
    const focusable = new MutationObserver(() => {
      for (const block of node.querySelectorAll<HTMLElement>("pre:not([tabindex])")) block.tabIndex = 0;
      node.querySelector(".filter-container")?.setAttribute("role", "search");
    });
    focusable.observe(node, { childList: true, subtree: true });
    return () => {
      focusable.disconnect();
      node.replaceChildren();
    };
  }, []);
  return (
    // Swagger UI brings the main landmark with it.
    <div className="page api-page">
      <section aria-labelledby="api-title">
        <h1 id="api-title">API</h1>
        <p className="muted">
          Everything that this console does, programs can do. Requests that you try here are real ones, made as you. Programs send a token, which you make under
          Settings; the document itself is at{" "}
          <a href="/api/openapi.json" download="freehold-openapi.json">
            /api/openapi.json
          </a>
          .
        </p>
        <h2 className="visually-hidden">Routes</h2>
      </section>
      <div ref={place} />
    </div>
  );
}

/** Swagger UI is dark by a class of its own. */
function useDarkness(): void {
  const { theme } = useTheme();
  useEffect(() => {
    const system = matchMedia("(prefers-color-scheme: dark)");
    const paint = () => document.documentElement.classList.toggle("dark-mode", theme === "dark" || (theme === "system" && system.matches));
    paint();
    system.addEventListener("change", paint);
    return () => {
      system.removeEventListener("change", paint);
      document.documentElement.classList.remove("dark-mode");
    };
  }, [theme]);
}
