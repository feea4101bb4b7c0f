import { systemClock } from "@freehold/kernel/clock";
import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { runService } from "@freehold/kernel/lifecycle";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createBridge } from "./app.ts";
import { settings } from "./config.ts";

const log = createLog("bridge");

await runService(log, async (onClose) => {
  const config = loadConfig(settings, process.env);
  const bridge = createBridge(config, { log, metrics: createMetrics({ processMetrics: true }), clock: systemClock });
  onClose(() => bridge.close());
  const { server, port } = await listen(bridge.app, config.PORT, config.HOST);
  onClose(() => closeServer(server, 8_000));
  log.info("service.listening", { port });
});
