/** What Chromium offers when a page can be installed. Source: web.dev, "beforeinstallprompt". */
interface InstallPrompt extends Event {
  prompt(): Promise<{ outcome: "accepted" | "dismissed" }>;
}

let offered: InstallPrompt | undefined;
const listeners = new Set<() => void>();
const change = (to: InstallPrompt | undefined) => {
  offered = to;
  for (const listener of listeners) listener();
};

/** Listens from the start: browsers offer it once, before any page asks. */
export function awaitInstallOffer(): void {
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    change(event as InstallPrompt);
  });
  addEventListener("appinstalled", () => change(undefined));
}

export const installation = {
  isOffered: (): boolean => offered !== undefined,
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
  install: async (): Promise<void> => {
    await offered?.prompt();
    change(undefined);
  },
};
