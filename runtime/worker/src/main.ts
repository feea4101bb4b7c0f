import { loadConfig } from "@freehold/kernel/config";
import { runService } from "@freehold/kernel/lifecycle";
import { createLog } from "@freehold/kernel/log";
import { settings } from "./config.ts";
import { startWorker } from "./worker.ts";

const log = createLog("worker");

await runService(log, async (onClose) => {
  const { port } = await startWorker(loadConfig(settings, process.env), log, onClose);
  log.info("service.listening", { port });
});
