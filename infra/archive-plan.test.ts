import { expect, test } from "@jest/globals";
import * as pulumi from "@pulumi/pulumi";
import { planArchive } from "./archive-plan.ts";
import type { Ground } from "./ground.ts";
import type { Place } from "./places/place.ts";

const networks = { core: "core", egress: "egress" } as unknown as Ground["networks"];
const planFor = (backups: Place["backups"]) => planArchive({ place: { backups } as Place, networks });

test("on one machine the archive goes to the emulator and PostgreSQL has no way out", () => {
  expect(planFor({ kind: "emulator", bucket: "dev-backups" })).toEqual({
    environment: { WAL_REPOSITORY: "gs:dev-backups:/wal", WAL_EMULATOR_HOST: "bucket:4444" },
    secrets: {},
    networks: ["core"],
  });
});

test("in the clouds it goes to the bucket of the hourly snapshots, where so many requests are free, with the keys in files", async () => {
  const hourly = { kind: "s3", bucket: "hourly", endpoint: "https://cloud.example", region: "eu", accessKeyId: "id", secretAccessKey: "secret" } as const;
  const plan = planFor({ kind: "clouds", hourly, daily: hourly });
  const repository = await new Promise((resolve) => pulumi.output(plan.environment["WAL_REPOSITORY"]).apply(resolve));
  expect(repository).toBe("s3:https://cloud.example/hourly/wal");
  expect(plan).toMatchObject({
    environment: { S3_REGION: "eu", S3_ACCESS_KEY_FILE: "/run/secrets/wal-access-key", S3_SECRET_KEY_FILE: "/run/secrets/wal-secret-key" },
    secrets: { "wal-access-key": "id", "wal-secret-key": "secret" },
    networks: ["core", "egress"],
  });
});
