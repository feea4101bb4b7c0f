import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { runService } from "@freehold/kernel/lifecycle";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createModelApp } from "./app.ts";
import { settings } from "./config.ts";

const log = createLog("model");

await runService(log, async (onClose) => {
  const config = loadConfig(settings, process.env);
  const app = createModelApp({ log, metrics: createMetrics({ processMetrics: true }), ready: async () => {} });
  const { server, port } = await listen(app, config.PORT, config.HOST);
  onClose(() => closeServer(server, 8_000));
  log.info("model.listening", { port });
});
