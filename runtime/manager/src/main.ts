import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { runService } from "@freehold/kernel/lifecycle";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createManager } from "./app.ts";
import { settings } from "./config.ts";

const log = createLog("manager");

await runService(log, async (onClose) => {
  const config = loadConfig(settings, process.env);
  const { server, port } = await listen(createManager(config, log, createMetrics({ processMetrics: true })), config.PORT, config.HOST);
  onClose(() => closeServer(server, 5_000));
  log.info("service.listening", { port });
});
