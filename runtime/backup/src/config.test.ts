import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { loadConfig } from "@freehold/kernel/config";
import { readmeRows } from "../../../tests/support/markdown-tables.ts";
import { configSchema } from "./config.ts";
import { errorCodes } from "./errors.ts";

const good = {
  BACKUP_TOKEN: "token",
  DATABASE_ADMIN_URL: "postgres://postgres@postgres:5432/postgres",
  DATABASE_ADMIN_PASSWORD: "password",
  DATABASES: "gateway, worker,console",
  BACKUP_REPOSITORY: "gs:freehold-dev-backups:/home",
  BACKUP_KEY: "key",
  BUCKET_EMULATOR_URL: "http://bucket:4443",
};

test("a home on one machine needs only these settings", () => {
  const config = loadConfig(configSchema, good);
  expect(config).toMatchObject({
    PORT: 4060,
    DATABASES: ["gateway", "worker", "console"],
    JOBS_DIR: "/jobs",
    BACKUP_SCHEDULE: "17 * * * *",
    BACKUP_KEEP_HOURLY: 168,
    BACKUP_KEEP_DAILY: 30,
  });
  expect(JSON.stringify(config)).not.toMatch(/"(token|password|key)"/);
});

test.each([
  ["DATABASES", "worker,worker", "names a database twice"],
  ["DATABASES", 'worker"; drop', "letters, digits"],
  ["DATABASES", "postgres", "not PostgreSQL's own"],
  ["DATABASES", " , ", "names no database"],
  ["DATABASE_ADMIN_URL", "postgres://postgres:secret@postgres/postgres", "DATABASE_ADMIN_PASSWORD_FILE"],
  ["DATABASE_ADMIN_URL", "http://postgres", "shape: postgres://"],
  ["BACKUP_REPOSITORY", "s3:bucket", "shape: gs:<bucket>:/<path>"],
  ["BACKUP_REPOSITORY", "gs:bucket:/x --password-command=id", "shape: gs:<bucket>:/<path>"],
  ["BACKUP_SCHEDULE", "every hour", "is not a cron expression"],
  ["BACKUP_KEEP_DAILY", "0", ">=1"],
  ["JOBS_DIR", "jobs", "an absolute path"],
  ["BUCKET_EMULATOR_URL", "bucket:4443", "BUCKET_EMULATOR_URL"],
])("%s=%s is refused with what it should be", (name, value, message) => {
  expect(() => loadConfig(configSchema, { ...good, [name]: value })).toThrow(
    expect.objectContaining({ code: "config.invalid", message: expect.stringContaining(message) }),
  );
});

test("a real bucket needs a credential, a folder needs none", () => {
  const { BUCKET_EMULATOR_URL: _, ...real } = good;
  expect(() => loadConfig(configSchema, real)).toThrow(/BUCKET_CREDENTIALS_FILE: a real bucket needs it/);
  expect(loadConfig(configSchema, { ...real, BUCKET_CREDENTIALS_FILE: "/run/secrets/bucket.json" }).BUCKET_CREDENTIALS_FILE).toBe("/run/secrets/bucket.json");
  expect(loadConfig(configSchema, { ...real, BACKUP_REPOSITORY: "/backups/home" }).BACKUP_REPOSITORY).toBe("/backups/home");
});

const rowsOf = readmeRows(join(import.meta.dirname, "../README.md"));

test("the README's table of settings is the schema", () => {
  expect(rowsOf("Settings").map((row) => row[1])).toEqual(Object.keys(configSchema.shape));
});

test("the README's table of errors is the code's, with the same status and retryability", () => {
  const rows = rowsOf("Errors").map((row) => [row[1], Number(row[2]), row[3] === "yes"]);
  expect(rows).toEqual(Object.entries(errorCodes).map(([code, { status, retryable }]) => [code, status, retryable]));
});
