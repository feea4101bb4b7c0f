import { createApp, type AppParts } from "@freehold/kernel/http";
import type { Express } from "express";
import { backupRoutes, type BackupRoutes } from "./routes/backups.ts";

export const createBackupApp = (parts: AppParts & BackupRoutes): Express => createApp(parts, (app) => void app.use(backupRoutes(parts)));
