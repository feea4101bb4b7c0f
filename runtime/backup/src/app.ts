import { createApp, type AppParts } from "@freehold/kernel/http";
import type { Express } from "express";
import { backupRoutes, type BackupRoutes } from "./routes/backups.ts";
import { noteChanges } from "./routes/changes.ts";

export const createBackupApp = (parts: AppParts & BackupRoutes): Express =>
  createApp(parts, (app) => {
    app.use(noteChanges(parts.log));
    app.use(backupRoutes(parts));
  });
