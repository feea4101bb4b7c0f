import type { Service } from "../components/service.ts";
import type { Ground } from "../ground.ts";
import { ports } from "../ports.ts";

/** VictoriaMetrics with vmalert: asks every service for its figures, keeps them for 30 days, and judges them by runtime/metrics/rules. It waits for nobody: one who is away is a figure too. */
export function metricsService(home: Ground): Service {
  return home.service("metrics", {
    networks: [home.networks.core],
    volumes: { "/data": home.volume("metrics") },
    memoryMb: 256,
    health: { port: ports.metrics, path: "/health" },
  });
}
