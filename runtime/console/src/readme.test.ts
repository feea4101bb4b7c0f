import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { readmeRows } from "../../../tests/support/markdown-tables.ts";
import { settings } from "./config.ts";
import { ownRoutes } from "./own-routes.ts";
import { proxiedRoutes } from "./proxied-routes.ts";

const rowsOf = readmeRows(join(import.meta.dirname, "../README.md"));

test("the README's table of settings is the schema, with its defaults", () => {
  const tokens = { WORKER_TOKEN: "x", BACKUP_TOKEN: "x", GATEWAY_ADMIN_TOKEN: "x", MANAGER_TOKEN: "x" };
  const secrets = { OWNER_PASSWORD: "12345678", OWNER_TOKEN: "1234567890123456", TENANT_EDGE_KEY: "1234567890123456", ...tokens };
  const defaults: Record<string, unknown> = settings.parse({ ...secrets, DATABASE_URL: "postgres://x" });
  const shown = (name: string) => {
    if (name === "DATABASE_URL") return "";
    if (/(TOKEN|PASSWORD|KEY)$/.test(name)) return "*file*";
    return name === "UI_DIR" ? "dist" : String(defaults[name]);
  };
  expect(rowsOf("Settings").map((row) => row.slice(1, 3))).toEqual(Object.keys(settings.shape).map((name) => [name, shown(name)]));
});

test("the README's table of routes that are passed on is the one that the console works by", () => {
  const passedOn = rowsOf("API").filter((row) => row.length === 6);
  expect(passedOn.map((row) => row.slice(1, 5))).toEqual(
    proxiedRoutes.map(({ method, path, upstream, to, role }) => [`${method.toUpperCase()} ${path}`, upstream, to, role]),
  );
});

test("the README's table of the console's own routes is the one that it works by", () => {
  const own = rowsOf("API").filter((row) => row.length === 5);
  expect(own.map((row) => row.slice(1, 3))).toEqual(Object.values(ownRoutes).map(({ method, path, role }) => [`${method.toUpperCase()} ${path}`, role]));
});

test("the README's table of errors has every code of this service, and no other", () => {
  const sources = readdirSync(import.meta.dirname, { recursive: true, encoding: "utf8" }).filter((path) => path.endsWith(".ts") && !path.endsWith(".test.ts"));
  const codes = sources.flatMap((path) =>
    [...readFileSync(join(import.meta.dirname, path), "utf8").matchAll(/new AppError\(\s*"([a-z-]+\.[a-z-]+)"/g)].map(([, code]) => code),
  );
  expect(new Set(rowsOf("Errors").map((row) => row[1]))).toEqual(new Set(codes));
});
