import { Moon, Sun } from 'lucide-react';
import { api } from '@/api/client';
import { usePreferences, useT } from '@/i18n';
import { cn } from '@/lib/cn';
import { Card, Section } from '@/ui/page';
import { words } from './words';

interface Option {
  id: string;
  label: string;
  lang?: string;
  icon?: typeof Sun;
}

interface Props {
  label: string;
  value: string;
  options: Option[];
  onChange(id: string): void;
}

/** One of two, both in sight. */
function Pair({ label, value, options, onChange }: Props) {
  return (
    <div className="flex items-center justify-between gap-3">
      <span className="text-ink-2">{label}</span>
      <fieldset aria-label={label} className="flex rounded-md border border-line p-0.5">
        {options.map(({ id, label: name, lang, icon: Icon }) => (
          <button
            key={id}
            type="button"
            lang={lang}
            aria-pressed={value === id}
            onClick={() => onChange(id)}
            className={cn(
              'flex h-7 items-center gap-1.5 rounded-sm px-3 max-sm:h-9',
              value === id ? 'bg-accent-soft font-semibold text-accent' : 'text-ink-2 hover:bg-sunken',
            )}
          >
            {Icon && <Icon size={15} aria-hidden="true" />}
            {name}
          </button>
        ))}
      </fieldset>
    </div>
  );
}

export function Look() {
  const t = useT(words);
  const { language, theme, setLanguage, setTheme } = usePreferences();
  const speak = (id: string) => {
    const next = id === 'zh' ? 'zh' : 'en';
    setLanguage(next);
    // Kept with the account too, for the next device; this page does not depend on it.
    api.patch('/session', { language: next }).catch(() => {});
  };
  return (
    <Section title={t('look')}>
      <Card className="grid grid-cols-2 gap-x-12 gap-y-3 p-4 max-sm:grid-cols-1">
        <Pair
          label={t('language')}
          value={language}
          options={[
            { id: 'zh', label: '中文', lang: 'zh-CN' },
            { id: 'en', label: 'English', lang: 'en' },
          ]}
          onChange={speak}
        />
        <Pair
          label={t('theme')}
          value={theme}
          options={[
            { id: 'light', label: t('light'), icon: Sun },
            { id: 'dark', label: t('dark'), icon: Moon },
          ]}
          onChange={(id) => setTheme(id === 'dark' ? 'dark' : 'light')}
        />
      </Card>
    </Section>
  );
}
