import { useEffect, useState, type FormEvent } from "react";
import { useSignIn } from "../api/queries.ts";
import { Prose } from "../parts/prose.tsx";
import { Command } from "../parts/command.tsx";
import { Logo } from "../shell/logo.tsx";

export function SignInPage() {
  const [name, setName] = useState(lastName.read);
  const [password, setPassword] = useState("");
  const signIn = useSignIn();
  useEffect(() => {
    document.title = "Sign in · Freehold";
  }, []);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (password === "") return;
    lastName.keep(name);
    signIn.mutate({ name, password }, { onError: () => document.getElementById("password")?.focus() });
  };
  return (
    <main className="sign-in">
      <div className="sign-in-card">
        <Logo />
        <h1>Welcome home</h1>
        <p className="muted">Sign in as the owner, or with the name you were invited by.</p>
        <form onSubmit={submit}>
          <NameField name={name} onChange={setName} />
          <label htmlFor="password">Password</label>
          <input
            id="password"
            type="password"
            autoComplete="current-password"
            autoFocus // oxlint-disable-line jsx-a11y/no-autofocus -- the name is there already
            value={password}
            onChange={(event) => setPassword(event.target.value)}
            aria-invalid={signIn.isError}
            aria-describedby={signIn.isError ? "sign-in-problem" : undefined}
          />
          {signIn.isError && (
            <p className="field-problem" id="sign-in-problem" role="alert">
              <Prose text={signIn.error.message} />
            </p>
          )}
          <button type="submit" className="button primary" disabled={password === "" || signIn.isPending}>
            {signIn.isPending ? "Signing in…" : "Sign in"}
          </button>
        </form>
        <Help />
      </div>
    </main>
  );
}

function NameField({ name, onChange }: { name: string; onChange: (name: string) => void }) {
  return (
    <>
      <label htmlFor="name">Name</label>
      <input
        id="name"
        type="text"
        name="username"
        autoComplete="username"
        autoCapitalize="none"
        spellCheck={false}
        required
        maxLength={100}
        value={name}
        onChange={(event) => onChange(event.target.value)}
      />
    </>
  );
}

function Help() {
  return (
    <section className="sign-in-help" aria-label="Where the password is">
      <p className="muted">Your home made the owner's password when it first started. In the project's folder, this shows it:</p>
      <Command text="npx freehold password" />
      <p className="muted">Members who lost theirs ask the owner for a new link.</p>
    </section>
  );
}

/** Who signed in on this browser last; most homes have one name to know. */
const lastName = {
  key: "freehold.name",
  read: (): string => {
    try {
      return localStorage.getItem(lastName.key) ?? "owner";
    } catch {
      return "owner";
    }
  },
  keep: (name: string): void => {
    try {
      localStorage.setItem(lastName.key, name);
    } catch {
      // Storage is closed to this page: the name is typed again next time.
    }
  },
};
