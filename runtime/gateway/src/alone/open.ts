import { join, resolve } from "node:path";
import { AppError } from "@freehold/kernel/errors";
import { lockFolder } from "@freehold/kernel/folder-lock";
import type { Log } from "@freehold/kernel/log";
import { openEmbeddedPostgres } from "@freehold/kernel/embedded-postgres";
import type { Pool } from "@freehold/kernel/postgres";
import type { Secret } from "@freehold/kernel/secret";
import type { GatewaySettings } from "../config.ts";
import { adminTokenFile, keepAdminToken, keepBodyKey } from "./data-folder.ts";
import { objectionToAlone } from "./objection.ts";
import type { WelcomeFacts } from "./welcome.ts";

export interface Alone {
  db: Pool;
  adminToken: Secret;
  bodyKey: Secret;
  journalFolder: string | undefined;
  facts: Pick<WelcomeFacts, "folder" | "tokenFile" | "madeToken">;
  close(): Promise<void>;
}

/**
 * Opens what a gateway stands on that has neither PostgreSQL nor Valkey beside it.
 * Throws: AppError `config.invalid`, `folder.in-use`, `folder.unusable`, `database.unusable`.
 */
export async function openAlone(settings: GatewaySettings, log: Log): Promise<Alone> {
  const objection = objectionToAlone(settings);
  if (objection !== undefined) throw new AppError("config.invalid", objection);
  const folder = settings.GATEWAY_DATA_DIR === undefined ? undefined : resolve(settings.GATEWAY_DATA_DIR);
  const unlock = folder === undefined ? () => {} : lockFolder(folder);
  const given = settings.GATEWAY_ADMIN_TOKEN;
  const adminToken = given ?? (await keepAdminToken(folder));
  const { pool, close } = await openEmbeddedPostgres({ folder, log });
  return {
    db: pool,
    adminToken,
    journalFolder: settings.GATEWAY_JOURNAL_DIR ?? (folder && join(folder, "journal")),
    bodyKey: settings.BODY_LOG_KEY ?? (await keepBodyKey(folder)),
    facts: {
      folder,
      tokenFile: given === undefined && folder !== undefined ? adminTokenFile(folder) : undefined,
      madeToken: given === undefined && folder === undefined ? adminToken : undefined,
    },
    async close() {
      await close();
      unlock();
    },
  };
}
