/** One calm card in the middle; language and theme in the corner. Part of the first load: keep it light. */
import { Eye, EyeOff, Moon, Sun } from 'lucide-react';
import { type InputHTMLAttributes, type ReactNode, useState } from 'react';
import { dictionary, usePreferences, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { SHORTEST_PASSWORD } from '@/lib/password';
import { Field, Input } from '@/ui/field';
import { Logo } from '@/ui/logo';
import en from './words.en.json';
import zh from './words.zh.json';

export const words = dictionary(zh, en);

const LANGUAGES = [
  { id: 'zh', name: '中文', lang: 'zh-CN' },
  { id: 'en', name: 'English', lang: 'en' },
] as const;

function Corner() {
  const t = useT(words);
  const { language, theme, setLanguage, setTheme } = usePreferences();
  return (
    <header className="flex items-center justify-end gap-1 p-4">
      <fieldset className="flex rounded-md border border-line bg-surface p-0.5" aria-label={t('language')}>
        {LANGUAGES.map(({ id, name, lang }) => (
          <button
            key={id}
            type="button"
            lang={lang}
            aria-pressed={language === id}
            onClick={() => setLanguage(id)}
            className={cn(
              'h-7 rounded-sm px-2.5 text-sm',
              language === id ? 'bg-accent-soft font-semibold text-accent' : 'text-ink-2 hover:bg-sunken',
            )}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <button
        type="button"
        aria-label={t('theme')}
        title={t('theme')}
        onClick={() => setTheme(theme === 'dark' ? 'light' : 'dark')}
        className="grid size-8 place-items-center rounded-md text-ink-2 hover:bg-surface"
      >
        {theme === 'dark' ? <Sun size={16} aria-hidden="true" /> : <Moon size={16} aria-hidden="true" />}
      </button>
    </header>
  );
}

export function Frame({ title, hint, children }: { title: string; hint: string; children?: ReactNode }) {
  const t = useT(words);
  return (
    <div className="flex min-h-full flex-col bg-canvas">
      <Corner />
      <main className="grid flex-1 grid-cols-1 place-items-center px-4 pb-24">
        <div className="w-full max-w-sm">
          <div className="mb-6 flex items-center gap-2.5">
            <Logo size={32} />
            <div>
              <div className="text-md leading-5 font-semibold">Atoll</div>
              <div className="text-sm text-ink-3">{t('tagline')}</div>
            </div>
          </div>
          <div className="rounded-lg border border-line bg-surface p-6 shadow-raised">
            <h1 className="text-lg font-semibold">{title}</h1>
            <p className="mt-1 mb-5 text-ink-2">{hint}</p>
            {children}
          </div>
        </div>
      </main>
    </div>
  );
}

export function PasswordInput(props: InputHTMLAttributes<HTMLInputElement>) {
  const t = useT(words);
  const [shown, setShown] = useState(false);
  const Icon = shown ? EyeOff : Eye;
  return (
    <div className="relative">
      <Input type={shown ? 'text' : 'password'} className="pr-9" {...props} />
      <button
        type="button"
        aria-label={shown ? t('hide') : t('show')}
        aria-pressed={shown}
        onClick={() => setShown(!shown)}
        className="absolute inset-y-0 right-0 grid w-9 place-items-center rounded-md text-ink-3 -outline-offset-2 hover:text-ink"
      >
        <Icon size={15} aria-hidden="true" />
      </button>
    </div>
  );
}

interface NewPasswordProps {
  label?: string;
  value: string;
  onChange(value: string): void;
  /** Whether it says by now that it is too short. */
  complain: boolean;
  autoFocus?: boolean;
}

const missing = (password: string) => SHORTEST_PASSWORD - [...password].length;

export const isLongEnough = (password: string) => missing(password) <= 0;

/** A password that is new: how long it must be, and how much of that is missing. */
export function NewPassword({ label, value, onChange, complain, autoFocus }: NewPasswordProps) {
  const t = useT(words);
  return (
    <Field
      label={label ?? t('newPassword')}
      help={t('passwordHelp', { n: SHORTEST_PASSWORD })}
      error={complain && !isLongEnough(value) && t('passwordShort', { n: missing(value) })}
    >
      {(props) => (
        <PasswordInput
          {...props}
          value={value}
          onChange={(event) => onChange(event.target.value)}
          autoComplete="new-password"
          autoFocus={autoFocus}
        />
      )}
    </Field>
  );
}
