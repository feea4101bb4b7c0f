import { useState, type FormEvent } from "react";
import { useChangePassword } from "../../api/account-queries.ts";
import { useMe } from "../../api/queries.ts";
import { Command } from "../../parts/command.tsx";
import { toastDone } from "../../parts/toasts.tsx";
import { InstallButton } from "../../shell/install-button.tsx";
import { themes, useTheme, type Theme } from "../../shell/theme.ts";
import { FieldProblem } from "./field-problem.tsx";
import { roleWords } from "./role-words.ts";
import { Sessions } from "./sessions.tsx";

export function YouTab() {
  const me = useMe();
  return (
    <>
      <section className="settings-section" aria-labelledby="you-title">
        <h2 id="you-title">
          {me.name} <span className="tag">{me.role}</span>
        </h2>
        <p className="muted lead">{roleWords[me.role]}</p>
      </section>
      <Appearance />
      {me.id === "owner" ? <OwnersPassword /> : <Password />}
      <section className="settings-section" aria-labelledby="sessions-title">
        <h2 id="sessions-title">Where you are signed in</h2>
        <Sessions />
      </section>
    </>
  );
}

const themeWords: Readonly<Record<Theme, string>> = { system: "As the device", light: "Light", dark: "Dark" };

function Appearance() {
  const { theme, choose } = useTheme();
  return (
    <section className="settings-section" aria-labelledby="look-title">
      <h2 id="look-title">Look</h2>
      <div className="chips" role="group" aria-label="Theme">
        {themes.map((choice) => (
          <button key={choice} type="button" className="chip" aria-pressed={choice === theme} onClick={() => choose(choice)}>
            {themeWords[choice]}
          </button>
        ))}
      </div>
      <InstallButton />
    </section>
  );
}

function OwnersPassword() {
  return (
    <section className="settings-section" aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <p className="muted lead">The owner's follows from the home's key, so it is never lost. In the project's folder, on the machine that started the home:</p>
      <Command text="npm run freehold -- password" />
    </section>
  );
}

function Password() {
  const change = useChangePassword();
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate(
      { current, password },
      {
        onSuccess: () => {
          setCurrent("");
          setPassword("");
          toastDone("Changed", "Your other sessions have ended.");
        },
      },
    );
  };
  return (
    <section className="settings-section" aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <form className="inline-form" onSubmit={submit}>
        <label className="field">
          <span>Present password</span>
          <input type="password" autoComplete="current-password" required value={current} onChange={(event) => setCurrent(event.target.value)} />
        </label>
        <label className="field">
          <span>New password, ten characters or more</span>
          <input
            type="password"
            autoComplete="new-password"
            required
            minLength={10}
            maxLength={1_000}
            value={password}
            onChange={(event) => setPassword(event.target.value)}
          />
        </label>
        <button type="submit" className="button" disabled={change.isPending}>
          Change it
        </button>
      </form>
      <FieldProblem error={change.error} />
    </section>
  );
}
