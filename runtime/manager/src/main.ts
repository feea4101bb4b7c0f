import { availableParallelism } from "node:os";
import { loadConfig } from "@freehold/kernel/config";
import { closeServer, listen } from "@freehold/kernel/http";
import { runService } from "@freehold/kernel/lifecycle";
import { createLog } from "@freehold/kernel/log";
import { createMetrics } from "@freehold/kernel/metrics";
import { createManager } from "./app.ts";
import { createTenantBox } from "./box/docker-box.ts";
import { settings, tenantSettingsOf, type TenantSettings } from "./config.ts";
import { createEngine, type Engine } from "./engine.ts";
import { withMachine } from "./machine-metrics.ts";
import { createTenants } from "./tenants/create-tenants.ts";

const log = createLog("manager");

await runService(log, async (onClose) => {
  const config = loadConfig(settings, process.env);
  const metrics = createMetrics({ processMetrics: true });
  const engine = createEngine(config.DOCKER_SOCKET, metrics);
  const own = tenantSettingsOf(config);
  const tenants = own === undefined ? undefined : createTenants({ settings: own, box: boxOf(engine, own), log, metrics }, onClose);
  const told = withMachine(metrics, { engine, prefix: config.NAME_PREFIX });
  const { server, port } = await listen(createManager(config, log, told, { engine, tenants }), config.PORT, config.HOST);
  onClose(() => closeServer(server, 5_000));
  log.info("service.listening", { port });
});

function boxOf(engine: Engine, own: TenantSettings) {
  const place = {
    prefix: own.NAME_PREFIX,
    volume: own.TENANTS_VOLUME,
    keeperImage: own.TENANT_KEEPER_IMAGE,
    gatewayPort: Number(new URL(own.GATEWAY_URL).port || 80),
    startCpus: availableParallelism(),
    ...(own.TENANT_RUNTIME !== undefined && { runtime: own.TENANT_RUNTIME }),
  };
  return createTenantBox({ engine, place, log, now: () => new Date() });
}
