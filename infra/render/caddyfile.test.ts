import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { renderCaddyfile } from "./caddyfile.ts";

test("the edge's Caddyfile is the golden one", () => {
  const text = renderCaddyfile({
    httpPort: 28_080,
    httpsPort: 28_443,
    sites: [
      { host: "console.localhost", upstream: "console:4050" },
      { host: "gateway.localhost", upstream: "gateway:4010", closed: ["/admin/*", "/metrics"] },
    ],
  });
  expect(text).toBe(readFileSync(join(import.meta.dirname, "caddyfile.golden.txt"), "utf8"));
});
