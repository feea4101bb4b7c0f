import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { call } from "./client.ts";

/** Shape: a point is a time in seconds since 1970 and a value; null where nothing was measured. */
export interface ChartSeries {
  name: string;
  points: [number, number | null][];
}

export interface Chart {
  name: string;
  title: string;
  unit: "jobs" | "seconds" | "usd" | "share" | "requests";
  series: ChartSeries[];
}

export interface Charts {
  from: string;
  to: string;
  stepSeconds: number;
  charts: Chart[];
}

export interface Alert {
  name: string;
  severity: string;
  state: "pending" | "firing";
  summary: string;
  description: string;
  since: string;
}

export const useCharts = (hours: number) =>
  useQuery({
    queryKey: ["charts", hours],
    queryFn: ({ signal }) => call<Charts>("GET", `/api/charts?hours=${hours}`, { signal }),
    refetchInterval: 60_000,
    placeholderData: keepPreviousData,
  });

export const useAlerts = () =>
  useQuery({
    queryKey: ["alerts"],
    queryFn: ({ signal }) => call<{ alerts: Alert[] }>("GET", "/api/alerts", { signal }),
    refetchInterval: 30_000,
    retry: false,
  });
