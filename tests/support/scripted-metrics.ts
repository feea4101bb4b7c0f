import { serve, type Service } from "./scripted-services.ts";

/** A store of figures: every chart rises and falls, and one service is away. */
export async function startScriptedMetrics(): Promise<Service> {
  return serve((app) => {
    app.get("/api/v1/query_range", (request, response) => {
      const { start, end, step } = request.query as Record<string, string>;
      const every = Number.parseInt(step ?? "60", 10);
      const count = Math.round((Number(end) - Number(start)) / every);
      const values = Array.from({ length: count + 1 }, (_, index) => [Number(start) + index * every, String(2 + Math.sin(index / 5) * 1.5)]);
      response.json({ status: "success", data: { result: [{ metric: { provider: "anthropic" }, values }] } });
    });
    app.get("/api/v1/alerts", (_request, response) => {
      const annotations = { summary: "The service bridge does not answer", description: "`npm run freehold -- status` shows its container." };
      const alert = {
        name: "HomeServiceDown",
        state: "firing",
        labels: { severity: "critical" },
        annotations,
        activeAt: new Date(Date.now() - 600_000).toISOString(),
      };
      response.json({ status: "success", data: { alerts: [alert] } });
    });
  });
}
