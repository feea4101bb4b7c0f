import { toast } from "sonner";
import { Prose } from "./prose.tsx";

export const toastDone = (title: string, description?: string): void => void toast.success(title, description === undefined ? {} : { description });

/** An error stays until it is read: its text says what to do. */
export const toastProblem = (error: Error): void => void toast.error(<Prose text={error.message} />, { duration: 20_000 });

/** Says what was done, and offers to take it back while it stands there. */
export const toastUndo = (title: string, undo: () => void): void => void toast.success(title, { duration: 12_000, action: { label: "Undo", onClick: undo } });
