/** Runs `work` while no other process holds the lock, and waits for it if one does. A lock whose process is gone is broken. */
export declare function withLock<T>(file: string, options: { onWait: (pid: number) => void }, work: () => Promise<T>): Promise<T>;
